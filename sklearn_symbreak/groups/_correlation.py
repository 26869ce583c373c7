"""Circular cross-correlation of a batch with its references, by FFT."""

from sklearn_symbreak.utils._array_api import (
    fft_namespace,
    get_namespace,
    is_complex,
    is_numpy,
)


def spectrum(x):
    """Fourier transform over the signal axes (half of it for real signals)."""
    axes = tuple(range(1, x.ndim))
    fft = fft_namespace(x)
    return fft.fftn(x, axes=axes) if is_complex(x) else fft.rfftn(x, axes=axes)


def shift_products(x, reference):
    """``⟨reference, T_s x⟩`` for all circular shifts, ``(T_s x)(p) = x(p - s)``.

    Returns
    -------
    products : array of shape (n_samples, n_shifts)
        Shifts in C order of the signal axes.
    """
    xp = get_namespace(x)
    # Σ_p w(p) conj x(p - s) has the transform W conj X (correlation theorem).
    product = spectrum(reference) * xp.conj(spectrum(x))
    axes = tuple(range(1, x.ndim))
    fft = fft_namespace(x)
    if is_complex(x):
        out = xp.conj(fft.ifftn(product, axes=axes))
    else:
        out = fft.irfftn(product, s=tuple(x.shape[1:]), axes=axes)
    return xp.reshape(out, (out.shape[0], -1))


def window_of_inverse(transform, window, *, real):
    """Inverse transform over the last two axes, at the rows and columns of a window.

    The second of the two passes runs over the rows that are wanted only. The first one
    may overwrite `transform`: fresh memory costs about as much as the pass.
    """
    fft, xp = fft_namespace(transform), get_namespace(transform)
    reuse = {"overwrite_x": True} if is_numpy(transform) else {}
    along_columns = fft.ifft(transform, axis=-2, **reuse)
    rows = xp.take(along_columns, window.rows, axis=-2)
    if real:
        out = fft.irfft(rows, n=window.shape[1], axis=-1)
    else:
        out = fft.ifft(rows, axis=-1)
    return out[..., window.columns]
