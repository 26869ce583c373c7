"""Figures of the report, drawn from published cells alone.

Each comes with a dict of the numbers and names that its caption quotes.
"""

import numpy as np

from benchmarks.paper._fourier import VARIANTS
from benchmarks.paper._gaussian import TARGETS
from benchmarks.paper._numbers import mean_error, number


def draw_figures(records, folder):
    """Draw all figures that there are cells for; return their names."""
    figures = {f.__name__: f(records)[0] for f in (figure1, figure4, figure5, figure6)}
    figures = {name: figure for name, figure in figures.items() if figure is not None}
    for name, figure in figures.items():
        folder.mkdir(parents=True, exist_ok=True)
        figure.savefig(folder / f"{name}.png", dpi=110)
    return list(figures)


def _new_figure(*size):
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _add_legend(figure, axes):
    """One legend for all axes, where it hides nothing."""
    lines = {line.get_label(): line for axis in axes for line in axis.get_lines()}
    figure.legend(handles=lines.values(), loc="outside right center", fontsize=8)


def figure1(records):
    """Learned square roots of one seed, by number of samples."""
    sizes = [n for (n,) in records.values("figure1", "n_samples")]
    if not sizes:
        return None, {}
    seed = records.values("figure1", "seed")[0][0]
    limits = [limit for (limit,) in records.values("figure1", "max_epochs") if limit]
    limit = max(limits, default=None)
    styles = {"K-NN-B": "C1-", "NN-B": "C0-", "K-NN-A": "C1--", "NN-A": "C0--"}
    shown = {label: [] for label in styles}
    figure = _new_figure(3.2 * len(sizes) + 0.8, 3.2)
    axes = figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
    for axis, n_samples in zip(axes, sizes, strict=True):
        for label, style in styles.items():
            regressor, letter = label[:-2], label[-1]
            width = 0.5 if label == "K-NN-B" else 1.2
            wanted = {"n_samples": n_samples, "seed": seed, "regressor": regressor}
            wanted["max_epochs"] = limit if regressor == "NN" else None
            for record in records.find("figure1", **wanted, targets=TARGETS[letter]):
                x, y = record["curve"]["measurement"], record["curve"]["prediction"]
                axis.plot(x, y, style, linewidth=width, label=label)
                shown[label].append(y)
        axis.set_title(f"{n_samples:,} samples")
        axis.set_xlabel("measurement $x^2$")
    axes[0].set_ylabel("predicted signal $x$")
    _add_legend(figure, axes)
    return figure, {
        "points": sorted({len(y) for y in shown["K-NN-B"]}),
        "sign changes": [np.count_nonzero(np.diff(y > 0)) for y in shown["K-NN-B"]],
        "largest": [number(np.abs(y).max(), 2) for y in shown["NN-B"]],
        "seed": seed,
        "epochs": limit,
    }


def figure4(records):
    """Truth and reconstructions in every variant."""
    names = ("images", "regressor", "n_train", "seed")
    rules = ("untouched", "literal", "joint-mean")

    def cells(group):
        found = records.find("table2", **dict(zip(names, group, strict=True)))
        settings = [(cell["parameters"], cell["shown"]) for cell in found]
        return {
            (setting["variant"], setting["targets"]): shown
            for setting, shown in settings
            if setting["targets"] in rules
        }

    # The net with the most panels; of two, the U-Net, as in the paper.
    group = max(
        records.values("table2", *names),
        key=lambda group: (len(cells(group)), group[1] == "U-Net"),
        default=None,
    )
    if group is None:
        return None, {}
    shown = cells(group)
    variants = [v for v in VARIANTS if any(key[0] == v for key in shown)]
    n_rows = (len(variants) + 1) // 2
    figure = _new_figure(9, 4.6 * n_rows)
    blocks = figure.subfigures(n_rows, 2, squeeze=False).ravel()
    for block, variant in zip(blocks, variants, strict=False):
        found = {r: shown[variant, r] for r in rules if (variant, r) in shown}
        panels = {"truth": next(iter(found.values()))["truth"]}
        panels |= {rule: images["prediction"] for rule, images in found.items()}
        _draw_grid(block, panels)
        block.suptitle(f"variant: {variant}", fontsize=11)
    return figure, dict(zip(names, group, strict=True))


def figure5(records):
    """Truth, the solver and the nets on shifted and turned images."""
    panels, parameters = {}, {}
    for label, wanted, refined in (
        ("ADMM", {"solver": "ADMM"}, False),
        ("dense-B", {"regressor": "dense", "targets": "untouched"}, False),
        ("dense-A", {"regressor": "dense", "targets": "joint-mean"}, True),
    ):
        cells = [
            cell
            for cell in records.find("table3", photons=None, **wanted)
            if cell["parameters"]["canvas"] < cell["parameters"]["measurement"]
        ]
        if not cells:
            continue
        # Of several sizes and numbers of iterations, the largest.
        cell = max(cells, key=_effort)
        parameters = cell["parameters"]
        if "max_iter" in parameters:
            label += f",\n{parameters['max_iter']} iterations"
        panels.setdefault("truth", cell["shown"]["truth"])
        panels[label] = cell["shown"]["prediction"]
        for n_steps in parameters.get("refinement", ()) if refined else ():
            panels[f"{label},\n{n_steps} steps"] = cell["shown"][f"refined_{n_steps}"]
    if not panels:
        return None, {}
    figure = _new_figure(1.5 * len(panels), 6.4)
    _draw_grid(figure, panels)
    return figure, {"images": parameters["images"]}


def _effort(cell):
    parameters = cell["parameters"]
    return parameters["n_train"], parameters.get("max_iter", 0), -parameters["seed"]


def _draw_grid(figure, columns):
    """One column of images per entry, with its title."""
    n_rows = len(next(iter(columns.values())))
    axes = figure.subplots(n_rows, len(columns), squeeze=False)
    for k, (title, images) in enumerate(columns.items()):
        axes[0, k].set_title(title, fontsize=9)
        for axis, image in zip(axes[:, k], images, strict=True):
            axis.imshow(image, cmap="gray", vmin=0, vmax=255)
            axis.set_axis_off()


def figure6(records):
    """Test error against batch size and learning rate."""
    n_samples = max((n for (n,) in records.values("figure6", "n_samples")), default=0)
    if not n_samples:
        return None, {}
    limits = set()
    figure = _new_figure(9, 3.8)
    axes = figure.subplots(1, 2, sharey=True)
    settings = {"batch_size": "batch size, samples", "learning_rate": "learning rate"}
    for axis, setting in zip(axes, settings, strict=True):
        names = ("n_samples", setting, "max_epochs")
        # Of several limits of epochs, the highest of each setting.
        highest = {
            value: limit
            for n, value, limit in records.values("figure6", *names)
            if n == n_samples and value is not None
        }
        limits |= set(highest.values())
        for color, (n,) in enumerate(records.values("figure6", "n")):
            for letter, style in (("B", "o-"), ("A", "s--")):
                errors = []
                for value, limit in highest.items():
                    wanted = {"n_samples": n_samples, "n": n, setting: value}
                    wanted |= {"targets": TARGETS[letter], "max_epochs": limit}
                    found = records.find("figure6", **wanted)
                    errors.append(mean_error(found, "mean_squared_error", 1 / n))
                label = f"NN-{letter}, n = {n}"
                errors = np.array(errors, dtype=float)
                axis.plot(list(highest), errors, style, color=f"C{color}", label=label)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel(settings[setting])
    axes[0].set_ylabel(r"test error $\|\cdot\|^2 / n^2$")
    _add_legend(figure, axes)
    return figure, {"n_samples": n_samples, "epochs": sorted(limits)}
