"""Reports: a tree of Datasets in, sentences, figures and one self-contained page out.

`invarsig.report.sections` holds a file for each finding: its words, figures and table. The page
(`invarsig.report.page`), the terminal (`invarsig.report.summary`) and notebooks go through the one
tuple of them. An addition costs a file there and a line.

The contract is `invarsig.report.schema`: `invarsig.diagnosis` makes an `xarray.DataTree` with one
node for each diagnosed input and, in it, one node for each axis; this package reads nothing else.
All text in it is untrusted. Only ``length`` has to be there; whatever else is absent is left out of
the report.

A roll by a whole output step is exact for any pipeline: ``interior`` is not quoted or drawn there.
Between two cuts nothing folds, so ``cut`` is.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
