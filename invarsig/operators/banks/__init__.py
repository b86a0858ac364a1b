"""Filter banks: convolution with kernels that are given, or designed from a formula."""
