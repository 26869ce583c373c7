"""Circular cross-correlation of a batch with its references, by FFT."""

from sklearn_symbreak.utils._array_api import fft_namespace, get_namespace, is_complex


def spectrum(x):
    """Fourier transform over the signal axes (half of it for real signals)."""
    axes = tuple(range(1, x.ndim))
    fft = fft_namespace(x)
    return fft.fftn(x, axes=axes) if is_complex(x) else fft.rfftn(x, axes=axes)


def inverse_spectrum(transform, shape, *, real):
    """Inverse of `spectrum`, over the last ``len(shape)`` axes."""
    axes = tuple(range(transform.ndim - len(shape), transform.ndim))
    fft = fft_namespace(transform)
    if real:
        return fft.irfftn(transform, s=shape, axes=axes)
    return fft.ifftn(transform, axes=axes)


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
    real = not is_complex(x)
    out = inverse_spectrum(product, tuple(x.shape[1:]), real=real)
    out = xp.reshape(out, (out.shape[0], -1))
    return out if real else xp.conj(out)
