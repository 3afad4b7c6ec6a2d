"""Synthetic example data: eleven yearly extracts that reproduce the published totals and no real person."""
