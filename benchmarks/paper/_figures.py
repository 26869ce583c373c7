"""Figures of the report, drawn from published cells alone."""

import numpy as np

from benchmarks.paper._fourier import VARIANTS
from benchmarks.paper._summary import mean_error, number


def draw_figures(records, folder):
    """Draw all figures that there are cells for.

    Parameters
    ----------
    records : Records
        The published cells.
    folder : pathlib.Path
        Where the images go.

    Returns
    -------
    captions : dict of str to str
        Captions by name of the figure; its file is the name with ".png".
    """
    captions = {}
    for draw in (figure1, figure4, figure5, figure6):
        drawn = draw(records)
        if drawn is not None:
            figure, captions[draw.__name__] = drawn
            folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(folder / f"{draw.__name__}.png", dpi=110)
    return captions


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
        return None
    seed = records.values("figure1", "seed")[0][0]
    limits = [limit for (limit,) in records.values("figure1", "max_epochs") if limit]
    limit = max(limits, default=None)
    shown = {}
    figure = _new_figure(3.2 * len(sizes) + 0.8, 3.2)
    axes = figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
    for axis, n_samples in zip(axes, sizes, strict=True):
        for label, targets, style, width in (
            ("K-NN-B", "passthrough", "C1-", 0.5),
            ("NN-B", "passthrough", "C0-", 1.2),
            ("K-NN-A", "canonical", "C1--", 1.2),
            ("NN-A", "canonical", "C0--", 1.2),
        ):
            regressor = label[:-2]
            for record in records.find(
                "figure1",
                n_samples=n_samples,
                regressor=regressor,
                targets=targets,
                max_epochs=limit if regressor == "NN" else None,
                seed=seed,
            ):
                x, y = record["curve"]["measurement"], record["curve"]["prediction"]
                axis.plot(x, y, style, linewidth=width, label=label)
                shown.setdefault(label, []).append(np.array(y))
        axis.set_title(f"{n_samples:,} samples")
        axis.set_xlabel("measurement $x^2$")
    axes[0].set_ylabel("predicted signal $x$")
    _add_legend(figure, axes)
    return figure, (
        "The learned square root. A (dashed): the sign of the training targets is "
        "broken; B (solid): it is not. To see: whether both curves A lie on the root, "
        f"and what B learns instead.{_untouched_curves(shown)} Seed {seed}"
        + (f", at most {limit} epochs" if limit else "")
        + "; signal and measurement have no unit."
    )


def _untouched_curves(shown):
    """What figure 1 shows of K-NN-B and NN-B, in numbers per panel."""
    text = ""
    if "K-NN-B" in shown:
        changes = [np.count_nonzero(np.diff(y > 0)) for y in shown["K-NN-B"]]
        points = dict.fromkeys(len(y) for y in shown["K-NN-B"])
        text += (
            f" K-NN-B jumps between the roots: on {' or '.join(map(str, points))} "
            f"points it changes its sign {', '.join(map(str, changes))} times, from "
            "left to right."
        )
    if "NN-B" in shown:
        largest = ", ".join(number(np.abs(y).max(), 2) for y in shown["NN-B"])
        text += (
            " The mean of both roots is 0, and what NN-B tends to with more samples: "
            f"it is at most {largest} away from it."
        )
    return text


def figure4(records):
    """Truth and reconstructions in every variant."""
    columns = ("truth", "untouched", "literal", "joint-mean")
    groups = [
        group
        for group in records.values("table2", "images", "regressor", "n_train", "seed")
        if records.find("table2", **_wanted(group), targets="joint-mean")
    ]
    if not groups:
        return None

    def n_panels(group):
        cells = records.find("table2", **_wanted(group))
        return sum(cell["parameters"]["targets"] in columns for cell in cells)

    # The net with the most panels; of two, the U-Net, as in the paper.
    group = max(groups, key=lambda group: (n_panels(group), group[1] == "U-Net"))
    panels = {}
    for variant in VARIANTS:
        shown = {
            rule: cells[0]["shown"]
            for rule in columns[1:]
            if (
                cells := records.find(
                    "table2", **_wanted(group), variant=variant, targets=rule
                )
            )
        }
        if shown:
            truth = next(iter(shown.values()))["truth"]
            panels[variant] = {"truth": truth} | {
                rule: images["prediction"] for rule, images in shown.items()
            }
    figure = _new_figure(9, 4.6 * ((len(panels) + 1) // 2))
    blocks = figure.subfigures((len(panels) + 1) // 2, 2, squeeze=False).ravel()
    for block, (variant, images) in zip(blocks, panels.items(), strict=False):
        _draw_grid(block, images)
        block.suptitle(f"variant: {variant}", fontsize=11)
    images, regressor, n_train, seed = group
    return figure, (
        f"Reconstructions of test images by variant and target rule: {regressor}, "
        f"{n_train:,} training images ({images}), seed {seed}. To see: whether an "
        "image and its turn overlay each other (flip), whether all places blur into "
        "one (shift), and whether a rule makes the variants look alike. Every "
        "reconstruction is moved onto the truth, by a circular shift and a 180° turn. "
        "Grey values from 0 to 1, axes in pixels of the canvas, not drawn."
    )


def _wanted(group):
    return dict(zip(("images", "regressor", "n_train", "seed"), group, strict=True))


def figure5(records):
    """Truth, the solver and the nets on shifted and turned images."""
    panels, parameters = {}, None
    for label, names, wanted in (
        ("ADMM", ["prediction"], {"solver": "ADMM"}),
        ("dense-B", ["prediction"], {"regressor": "dense", "targets": "untouched"}),
        ("dense-A", None, {"regressor": "dense", "targets": "joint-mean"}),
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
        for name in names or [name for name in cell["shown"] if name != "truth"]:
            step = name.removeprefix("refined_")
            title = label if name == "prediction" else f"{label},\n{step} steps"
            panels[title] = cell["shown"][name]
    if not panels:
        return None
    figure = _new_figure(1.5 * len(panels), 6.4)
    _draw_grid(figure, panels)
    return figure, (
        f"Reconstructions of shifted and turned test images ({parameters['images']}) "
        "from noiseless measurements: the solver with the most iterations, nets on "
        "untouched (B) and jointly aligned targets (A), and the latter refined by "
        "steps of ADMM. To see: how many steps sharpen the net's estimate to what the "
        "solver finds from a random start. Moved onto the truth as in figure 4. Grey "
        "values from 0 to 1, axes in pixels of the canvas, not drawn."
    )


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
        return None
    cells = records.find("figure6", n_samples=n_samples)
    sizes = sorted({cell["parameters"]["n"] for cell in cells})
    limits = set()
    figure = _new_figure(9, 3.8)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, setting, label in zip(
        axes,
        ("batch_size", "learning_rate"),
        ("batch size, samples", "learning rate"),
        strict=True,
    ):
        settings = sorted(
            {
                cell["parameters"][setting]
                for cell in cells
                if setting in cell["parameters"]
            }
        )
        for color, n in enumerate(sizes):
            for targets, style in (("passthrough", "o-"), ("canonical", "s--")):
                errors = []
                for value in settings:
                    wanted = {"n": n, "targets": targets, setting: value}
                    found = _longest(
                        records.find("figure6", n_samples=n_samples, **wanted)
                    )
                    limits |= {cell["parameters"]["max_epochs"] for cell in found}
                    errors.append(mean_error(found, "mean_squared_error", 1 / n))
                letter = "A" if targets == "canonical" else "B"
                axis.plot(
                    settings,
                    np.array(errors, dtype=float),
                    style,
                    color=f"C{color}",
                    label=f"NN-{letter}, n = {n}",
                )
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel(label)
    axes[0].set_ylabel(r"test error $\|\cdot\|^2 / n^2$")
    _add_legend(figure, axes)
    return figure, (
        f"Test error of NN on real Gaussian phase retrieval with {n_samples:,} "
        "samples, mean over seeds. B (circles): targets untouched; A (squares): sign "
        "broken. The other setting is at its default, batches of 128 and a rate of "
        f"1e-3. Epochs at most, by setting: {', '.join(map(str, sorted(limits)))}."
    )


def _longest(cells):
    """Of cells with several limits of epochs, those with the highest."""
    limits = [cell["parameters"]["max_epochs"] for cell in cells]
    return [
        cell for cell, limit in zip(cells, limits, strict=True) if limit == max(limits)
    ]
