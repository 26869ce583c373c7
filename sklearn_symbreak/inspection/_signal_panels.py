"""Panels of signals of every kind; each function makes a figure and its axes."""

import textwrap

import numpy as np

# Characters of a title in an inch.
TITLE_DENSITY = 12.5
# Characters of a legend, with 8 for each handle.
LONGEST_LINE = 80
# Signals of at most so many rows, each of so many entries, are no images.
MOST_ROWS, SHORTEST_ROW = 4, 8


def are_scalars(signals):
    """Whether signals have one real entry each."""
    return signals[0].size == 1 and not np.iscomplexobj(signals)


def as_drawn(y_true, predictions):
    """The truth, complex if a prediction is."""
    return y_true.astype(np.result_type(y_true, *predictions.values()), copy=False)


def for_signals(signals):
    """The function that draws signals of this kind."""
    if are_scalars(signals):
        return draw_scalars
    if signals.ndim == 2:
        return draw_vectors
    n_rows, length = signals.shape[1:]
    if length in (2, 3) and not np.iscomplexobj(signals):
        return draw_points
    are_long = n_rows <= MOST_ROWS and length >= SHORTEST_ROW
    return draw_vectors if n_rows <= 2 or are_long else draw_images


def draw_scalars(y_true, predictions, figure):
    """Predicted against true values, one panel per prediction."""
    size = (1, len(predictions))
    figure, axes = _make_axes(figure, *size, (3.2, 3.2), sharex=True, sharey=True)
    truth = y_true.ravel()
    ends = [truth.min(), truth.max()]
    for axis, (name, values) in zip(axes[0], predictions.items(), strict=True):
        axis.plot(ends, ends, color="0.6", linestyle="--", linewidth=1)
        axis.scatter(truth, values.ravel(), s=8, alpha=0.5, linewidths=0)
        _set_title(axis, name)
        axis.set(xlabel="truth")
    axes[0, 0].set_ylabel("prediction")
    return figure, axes


def draw_vectors(y_true, predictions, figure):
    """Entries of truth and predictions as lines, one row of panels per signal.

    Signals of several rows have a panel for each of their rows.
    """
    in_rows = [
        values.reshape(len(values), -1, values.shape[-1])
        for values in (y_true, *predictions.values())
    ]
    truths, predicted = in_rows[0], dict(zip(predictions, in_rows[1:], strict=True))
    parts = _parts(y_true)
    n_rows = truths.shape[1]
    panels = [(k, part) for k in range(n_rows) for part in parts]
    width = 6.0 if n_rows == 1 else 3.5
    size = (len(truths), len(panels))
    figure, axes = _make_axes(figure, *size, (width, 1.5), sharex=True, sharey="col")
    marker = "." if truths.shape[2] <= 40 else None
    for signal, truth in enumerate(truths):
        for axis, (k, part) in zip(axes[signal], panels, strict=True):
            of = parts[part]
            # A line of one point is not seen.
            dot = "o" if truths.shape[2] == 1 else None
            style = {"color": "0.75", "linewidth": 5, "markersize": 9}
            axis.plot(of(truth[k]), marker=dot, label="truth", **style)
            for name, values in predicted.items():
                line = of(values[signal, k])
                axis.plot(line, marker=marker, linewidth=1, label=name)
            axis.set_ylabel("phase (rad)" if part == "phase" else part or "value")
            if n_rows > 1 and signal == 0:
                axis.set_title(f"row {k}", fontsize="medium")
    for axis in axes[-1]:
        axis.set_xlabel("entry of the signal")
    lines, names = axes[0, 0].get_legend_handles_labels()
    # A title that is too long for one line would be cut off.
    longest = LONGEST_LINE * len(panels) * width / 6.0
    fits = len("".join(names)) + 8 * len(names) < longest
    style = {"loc": "outside upper center", "frameon": False, "fontsize": "small"}
    figure.legend(lines, names, ncols=len(names) if fits else 2, **style)
    return figure, axes


def draw_images(y_true, predictions, figure):
    """Images, one row per signal, on the grey scale of the truth.

    Pixels that are not finite are red.
    """
    import matplotlib as mpl

    grey, wheel = (
        mpl.colormaps[name].with_extremes(bad="tab:red")
        for name in ("gray", "twilight")
    )
    parts = _parts(y_true)
    panels = {"truth": y_true, **predictions}
    size = (len(y_true), len(panels) * len(parts))
    figure, axes = _make_axes(figure, *size, (1.6, 1.6))
    for row, truth in enumerate(y_true):
        low, high = 0.0, float(np.abs(truth).max())
        if len(parts) == 1:
            low, high = float(truth.min()), float(truth.max())
            # Zero is on the scale where that takes no contrast.
            near = (high - low) / 2 if low < high else np.inf
            low = 0.0 if 0 < low <= near else low
            high = 0.0 if -near <= high < 0 else high
        limits = {"cmap": grey, "vmin": low, "vmax": high}
        remaining = iter(axes[row])
        for name, images in panels.items():
            for part, of in parts.items():
                axis, style = next(remaining), limits
                if part == "phase":
                    bright = np.abs(images[row]) / (limits["vmax"] or 1.0)
                    style = {"cmap": wheel, "vmin": -np.pi, "vmax": np.pi}
                    style["alpha"] = np.nan_to_num(np.clip(bright, 0, 1), nan=1.0)
                axis.imshow(of(images[row]), interpolation="nearest", **style)
                axis.set(xticks=[], yticks=[])
                if row == 0:
                    _set_title(axis, f"{name}, {part}" if part else name)
    return figure, axes


def draw_points(y_true, predictions, figure):
    """Points of predictions on those of the truth, one row per signal."""
    in_space = y_true.shape[2] == 3
    # Matplotlib does not share limits of all three axes, and releases before 3.10 leave
    # no room in a constrained layout of them.
    style = (
        {"subplot_kw": {"projection": "3d"}, "layout": None}
        if in_space
        else {"sharex": "row", "sharey": "row"}
    )
    panels = {"truth": y_true, **predictions}
    size = (len(y_true), len(panels))
    figure, axes = _make_axes(figure, *size, (2.0, 2.0), **style)
    # Coloured by their order, so that an exchange of points is seen.
    order = np.arange(y_true.shape[1])
    for row, truth in enumerate(y_true):
        if in_space:
            limits = _limits_in_space([points[row] for points in panels.values()])
        for axis, (name, points) in zip(axes[row], panels.items(), strict=True):
            axis.scatter(*truth.T, color="0.8", s=80, linewidths=0)
            axis.scatter(*points[row].T, c=order, cmap="viridis", s=16)
            if in_space:
                axis.set(**limits)
            axis.set_aspect("equal")
            axis.tick_params(labelsize="x-small")
            if in_space:
                axis.set(xticklabels=[], yticklabels=[], zticklabels=[])
            if row == 0:
                _set_title(axis, name)
    return figure, axes


def _limits_in_space(sets):
    """Limits of three axes that hold all points, with a margin."""
    points = np.concatenate(sets)
    points = points[np.isfinite(points).all(axis=1)]
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.05 * (high - low).max() or 1.0
    limits = zip(low - margin, high + margin, strict=True)
    return dict(zip(("xlim", "ylim", "zlim"), limits, strict=True))


def _set_title(axis, text):
    """A title that breaks where it is too long for its column of the figure."""
    figure, grid = axis.figure, axis.get_subplotspec().get_gridspec()
    width = figure.bbox.width / figure.dpi / grid.ncols
    if figure.get_layout_engine() is None:
        # Panels do not reach the margins.
        width *= figure.subplotpars.right - figure.subplotpars.left
    lines = textwrap.wrap(str(text), max(1, int(TITLE_DENSITY * width)))
    axis.set_title("\n".join(lines), fontsize="small")


def _parts(signals):
    """Panels of complex or real signals: functions by name."""
    if np.iscomplexobj(signals):
        return {"modulus": np.abs, "phase": np.angle}
    return {"": np.asarray}


def _make_axes(figure, n_rows, n_columns, size, layout="constrained", **kwargs):
    import matplotlib.pyplot as plt

    if figure is None:
        size = (size[0] * n_columns, size[1] * n_rows + 0.4)
        figure = plt.figure(figsize=size, layout=layout)
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **kwargs)
