"""Group convolutions: kernels that are rotated and mirrored by the elements of a group."""
