"""The experiments of the paper as resumable grids of cells.

Run ``python -m benchmarks.paper NAME``; see ``python -m benchmarks.paper --help``.

K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and Symmetry
Breaking", arXiv:2003.09077 (2020).
"""
