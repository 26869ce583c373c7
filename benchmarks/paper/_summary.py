"""How numbers of several seeds are written, and tables in Markdown."""

import numpy as np

NOT_RUN = "not run"
NOT_GIVEN = "–"


def mean_error(records, error, scale=1.0):
    """Mean of an error over seeds, or None if there is no record."""
    values = [record["errors"][error] for record in records]
    return scale * float(np.mean(values)) if values else None


def summarize(records, error, scale=1.0):
    """Mean ± standard deviation over seeds, and in parentheses the number of seeds.

    The mean has no more decimals than the spread; of one seed, which has no spread, it
    has two digits.
    """
    values = scale * np.array([record["errors"][error] for record in records])
    if not values.size:
        return NOT_RUN
    mean, spread = values.mean(), values.std(ddof=1) if values.size > 1 else 0.0
    if not spread:
        return f"{number(mean, 2)} ({values.size})"
    place = np.floor(np.log10(spread)) - 1
    digits = int(np.floor(np.log10(abs(mean) or spread)) - place) + 1
    return f"{number(mean, max(digits, 1))} ± {number(spread, 2)} ({values.size})"


def number(value, digits=3):
    """A number with so many significant digits, without an exponent if it is large."""
    if value is None:
        return NOT_RUN
    return f"{value:.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def span(values):
    """The smallest to the largest value, or the one if they look alike."""
    if not values:
        return NOT_RUN
    return " to ".join(dict.fromkeys(number(v) for v in (min(values), max(values))))


def compare(pairs):
    """In how many pairs the first error is the smaller one, and by which factor.

    Pairs where one is None do not count. The factor is the geometric mean.
    """
    pairs = [pair for pair in pairs if None not in pair]
    if not pairs:
        return NOT_RUN, NOT_RUN
    smaller = sum(a < b for a, b in pairs)
    ratio = float(np.exp(np.mean([np.log(b / a) for a, b in pairs])))
    return f"{smaller} of {len(pairs)}", number(ratio, 2)


def markdown_table(header, rows):
    """A table in Markdown, with columns padded to one width."""
    rows = rows or [[NOT_RUN] * len(header)]
    lines = [[str(cell) for cell in line] for line in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def given(value):
    """A parameter as a cell of a table."""
    if value is None:
        return NOT_GIVEN
    return value if isinstance(value, str) else f"{value:,}"
