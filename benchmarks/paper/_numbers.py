"""Numbers: the paper's as it prints them, and how ours are written.

The paper is K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning,
and Symmetry Breaking", arXiv:2003.09077 (2020). "-A" is after symmetry breaking, "-B"
before; every net has a column of K nearest neighbours of its own.
"""

import numpy as np


def _gaussian_table(rows):
    nets, kinds = ("NN", "WNN", "DNN"), ("-A", " K-NN", "-B")
    columns = [f"{net}{kind}" for net in nets for kind in kinds]
    return {size: dict(zip(columns, row, strict=True)) for size, row in rows.items()}


# Real Gaussian phase retrieval, test error times 1e4, by n and number of samples.
TABLE_1 = _gaussian_table(
    {
        (5, 20_000): (10, 17, 283, 8, 18, 283, 10, 19, 284),
        (5, 50_000): (6, 12, 282, 8, 17, 284, 7, 14, 285),
        (5, 100_000): (5, 10, 284, 5, 12, 283, 13, 18, 284),
        (5, 1_000_000): (4, 7, 283, 5, 6, 283, 7, 8, 283),
        (10, 20_000): (11, 20, 82, 9, 22, 82, 8, 21, 82),
        (10, 50_000): (9, 16, 82, 6, 18, 82, 9, 20, 82),
        (10, 100_000): (9, 16, 82, 6, 15, 82, 8, 17, 82),
        (10, 1_000_000): (7, 13, 82, 5, 10, 82, 9, 11, 82),
        (15, 20_000): (12, 17, 38, 9, 16, 38, 9, 16, 38),
        (15, 50_000): (11, 14, 38, 9, 14, 38, 8, 15, 38),
        (15, 100_000): (10, 13, 38, 8, 13, 38, 7, 13, 38),
        (15, 1_000_000): (8, 9, 38, 7, 10, 38, 9, 10, 38),
    }
)

# Complex Gaussian phase retrieval, test error times 1e4. The cells NN-A of (5, 50,000)
# and of (10, 20,000) are hard to read in the source at hand.
TABLE_6 = _gaussian_table(
    {
        (5, 20_000): (16, 44, 786, 11, 87, 882, 13, 45, 699),
        (5, 50_000): (10, 39, 718, 12, 38, 669, 19, 39, 697),
        (5, 100_000): (6, 21, 473, 32, 34, 942, 11, 13, 854),
        (5, 1_000_000): (5, 6, 642, 64, 72, 453, 14, 15, 731),
        (10, 20_000): (9, 237, 452, 65, 80, 453, 61, 239, 380),
        (10, 50_000): (56, 66, 428, 89, 191, 419, 82, 181, 400),
        (10, 100_000): (97, 139, 436, 28, 58, 431, 55, 86, 453),
        (10, 1_000_000): (136, 179, 448, 85, 162, 432, 77, 118, 399),
        (15, 20_000): (282, 287, 282, 129, 143, 296, 180, 189, 277),
        (15, 50_000): (192, 272, 313, 62, 126, 308, 172, 233, 313),
        (15, 100_000): (188, 226, 258, 141, 269, 295, 177, 206, 274),
        (15, 1_000_000): (136, 179, 448, 131, 184, 395, 182, 202, 283),
    }
)
# Size and net of the row of table 6 that repeats another.
COPIED = ((15, 1_000_000), "NN")
UNCERTAIN = {("table6", (5, 50_000), "NN-A"), ("table6", (10, 20_000), "NN-A")}

# Fashion-MNIST, "MSE", by variant: U-Net-B and U-Net-A.
TABLE_2 = {
    "none": {"U-Net-B": 0.103, "U-Net-A": 0.103},
    "flip": {"U-Net-B": 0.168, "U-Net-A": 0.162},
    "shift": {"U-Net-B": 0.249, "U-Net-A": 0.102},
    "shift_flip": {"U-Net-B": 0.248, "U-Net-A": 0.161},
}

# 1,000 shifted and turned test images, "MSE".
TABLE_3 = {"ALM": 0.299, "U-Net-B": 0.249, "U-Net-A": 0.160}

# Test error of NN-B by penalty and n.
TABLE_4 = {
    "l1": {5: 0.02848, 10: 0.00831, 15: 0.00392},
    "l2": {5: 0.02847, 10: 0.00830, 15: 0.00392},
    "l1+l2": {5: 0.02846, 10: 0.00830, 15: 0.00392},
}

# Numbers of trainable parameters for n = 15.
TABLE_5 = {
    ("real", "NN"): 57_743,
    ("real", "WNN"): 197_391,
    ("real", "DNN"): 2_914_063,
    ("complex", "NN"): 58_718,
    ("complex", "WNN"): 199_326,
    ("complex", "DNN"): 2_915_998,
}


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
