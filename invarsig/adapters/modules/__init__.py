"""Modules of torch, an extra: imported only inside functions that are given one."""
