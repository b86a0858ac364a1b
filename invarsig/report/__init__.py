"""Reports: a tree of Datasets in, sentences, figures and one self-contained page out.

`invarsig.report.sentences` words the numbers, `invarsig.report.figures` draws them,
`invarsig.report.page` puts both into one HTML file.

The contract is `invarsig.report.schema`: `invarsig.diagnosis` makes an `xarray.DataTree` with one
node for each diagnosed input and, in it, one node for each axis; this package reads nothing else.
All text in it is untrusted. Only ``shift`` has to be there; whatever else is absent is left out of
the report.

At shifts that are whole multiples of ``out_step`` a strided pipeline is exact whatever it does, so
``interior`` and ``crop`` are neither quoted nor drawn there.
"""
