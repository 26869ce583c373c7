"""Panels of signals of every kind; each function makes a figure and its axes."""

import numpy as np

# Characters of a legend, with 8 for each handle.
LONGEST_LINE = 80


def are_scalars(signals):
    """Whether signals have one real entry each."""
    return signals[0].size == 1 and not np.iscomplexobj(signals)


def for_signals(signals):
    """The function that draws signals of this kind."""
    if are_scalars(signals):
        return draw_scalars
    if signals.ndim == 2:
        return draw_vectors
    are_points = signals.shape[2] in (2, 3) and not np.iscomplexobj(signals)
    return draw_points if are_points else draw_images


def draw_scalars(y_true, predictions, figure):
    """Predicted against true values, one panel per prediction."""
    size = (1, len(predictions))
    figure, axes = _make_axes(figure, *size, (3.2, 3.2), sharex=True, sharey=True)
    truth = y_true.ravel()
    ends = [truth.min(), truth.max()]
    for axis, (name, values) in zip(axes[0], predictions.items(), strict=True):
        axis.plot(ends, ends, color="0.6", linestyle="--", linewidth=1)
        axis.scatter(truth, values.ravel(), s=8, alpha=0.5, linewidths=0)
        axis.set(title=name, xlabel="truth")
    axes[0, 0].set_ylabel("prediction")
    return figure, axes


def draw_vectors(y_true, predictions, figure):
    """Entries of truth and predictions as lines, one row per signal."""
    parts = _parts(y_true)
    size = (len(y_true), len(parts))
    figure, axes = _make_axes(figure, *size, (6.0, 1.5), sharex=True, sharey="col")
    marker = "." if y_true.shape[1] <= 40 else None
    for row, truth in enumerate(y_true):
        for axis, (part, of) in zip(axes[row], parts.items(), strict=True):
            axis.plot(of(truth), color="0.75", linewidth=5, label="truth")
            for name, values in predictions.items():
                axis.plot(of(values[row]), marker=marker, linewidth=1, label=name)
            axis.set_ylabel("phase (rad)" if part == "phase" else part or "value")
    for axis in axes[-1]:
        axis.set_xlabel("entry of the signal")
    lines, names = axes[0, 0].get_legend_handles_labels()
    # A title that is too long for one line would be cut off.
    fits = len("".join(names)) + 8 * len(names) < LONGEST_LINE * len(parts)
    style = {"loc": "outside upper center", "frameon": False, "fontsize": "small"}
    figure.legend(lines, names, ncols=len(names) if fits else 2, **style)
    return figure, axes


def draw_images(y_true, predictions, figure):
    """Images, one row per signal, on the grey scale of the truth."""
    parts = _parts(y_true)
    panels = {"truth": y_true, **predictions}
    size = (len(y_true), len(panels) * len(parts))
    figure, axes = _make_axes(figure, *size, (1.6, 1.6))
    for row, truth in enumerate(y_true):
        low = min(0.0, float(truth.real.min())) if len(parts) == 1 else 0.0
        limits = {"cmap": "gray", "vmin": low, "vmax": float(np.abs(truth).max())}
        remaining = iter(axes[row])
        for name, images in panels.items():
            for part, of in parts.items():
                axis, style = next(remaining), limits
                if part == "phase":
                    bright = np.abs(images[row]) / (limits["vmax"] or 1.0)
                    style = {"cmap": "twilight", "vmin": -np.pi, "vmax": np.pi}
                    style["alpha"] = np.clip(bright, 0, 1)
                axis.imshow(of(images[row]), interpolation="nearest", **style)
                axis.set(xticks=[], yticks=[])
                if row == 0:
                    axis.set_title(f"{name}, {part}" if part else name)
    return figure, axes


def draw_points(y_true, predictions, figure):
    """Points of predictions on those of the truth, one row per signal."""
    in_space = y_true.shape[2] == 3
    style = {"subplot_kw": {"projection": "3d"}} if in_space else {}
    style |= {"sharex": "row", "sharey": "row"}
    panels = {"truth": y_true, **predictions}
    size = (len(y_true), len(panels))
    figure, axes = _make_axes(figure, *size, (2.0, 2.0), **style)
    # Coloured by their order, so that an exchange of points is seen.
    order = np.arange(y_true.shape[1])
    for row, truth in enumerate(y_true):
        for axis, (name, points) in zip(axes[row], panels.items(), strict=True):
            axis.scatter(*truth.T, color="0.8", s=80, linewidths=0)
            axis.scatter(*points[row].T, c=order, cmap="viridis", s=16)
            axis.set_aspect("equal")
            axis.tick_params(labelsize="x-small")
            if in_space:
                axis.set(xticklabels=[], yticklabels=[], zticklabels=[])
            if row == 0:
                axis.set_title(name)
    return figure, axes


def _parts(signals):
    """Panels of complex or real signals: functions by name."""
    if np.iscomplexobj(signals):
        return {"modulus": np.abs, "phase": np.angle}
    return {"": np.asarray}


def _make_axes(figure, n_rows, n_columns, size, **kwargs):
    import matplotlib.pyplot as plt

    if figure is None:
        size = (size[0] * n_columns, size[1] * n_rows + 0.4)
        figure = plt.figure(figsize=size, layout="constrained")
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **kwargs)
