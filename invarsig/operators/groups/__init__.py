"""Group convolutions: kernels that are turned and mirrored by the elements of a group."""
