"""Reports: a tree of Datasets in, sentences, figures and one self-contained page out.

`invarsig.report.sentences` words the numbers, `invarsig.report.figures` draws them,
`invarsig.report.page` puts both into one HTML file.

The contract
------------
`invarsig.diagnosis` makes an `xarray.DataTree` with one node for each diagnosed input and, in
it, one node for each axis; this package reads nothing else. All text in it is untrusted.

Root attributes: ``title``, ``version`` (of the package), ``versions`` (text, "numpy 2.4.6, ..."),
``created`` (ISO 8601), ``seed``.

Root variables, of a comparison alone (`invarsig.diagnosis.compare`), over ``row``: ``pipeline``,
``input``, ``dim``, ``unit`` (text), ``rms`` and ``worst`` (dB), ``worst_shift``, ``behind`` (dB
behind the best of the same input and dim), ``stage`` (text), ``share``, ``node`` (path of the axis
node, such as "/input_1/axis_1"). The page shows them first, for each input and dim sorted by
``rms``.

Input node (``/input_1``, ``/input_2``, ...), attributes: ``name``, ``source``, ``sha256`` (of the
values), ``sizes`` ("time: 44571"), ``pipeline`` (text), ``notes`` (lines of text, joined by
newlines: NaN in the input, axes that were cropped and tapered, ...).

Axis node (``/input_1/axis_1``, ...), attributes:

- ``dim``, ``unit`` (of shifts), ``frequency_unit``, ``step`` (input step), ``stride`` (total,
  samples), ``out_step``; ``lost`` (1 if the output has lost the axis: then errors are invariance
  errors and everything about folding is absent); ``explained`` (1 or 0) and ``explained_error``:
  whether folding explains the operator; ``unexplained`` (text): why that could not be tested;
  ``treatment``: how the axis was made periodic ("" if it was); ``protocol_notes``: why an interior
  or crop figure is missing, by lines; ``worst_shift``: the shift of the largest error, at
  which the square is first shown; ``nan`` (1 if the output holds NaN and nothing is known);
  ``segments``, of a long input: how many the numbers are pooled over, and ``segments_left_out``.

Axis node, variables (those about folding are absent where it is undefined):

- over ``shift`` (input's unit): ``measured``, ``predicted``, ``measured_nyquist``,
  ``measured_rest``, ``predicted_nyquist``, ``predicted_rest`` (relative errors), ``exact`` (1 or
  0), ``floor``, ``invariance`` (relative error against not moving the output), ``interior``,
  ``interior_floor``, ``crop``, ``crop_floor`` (NaN where not to be had). For pipelines that choose
  their samples (polyphase pooling): ``aligned``, the error where the output is moved by the length
  between the samples chosen.
- over ``curve_shift``: ``predicted_curve``, the predicted line from 0 to one total stride, and
  ``curve_exact`` (1 or 0): whether the line is exact between whole samples too.
- over ``image`` and ``output_frequency``: ``power`` (see `invarsig.fold`); over
  ``output_frequency``: ``folded_share``.
- scalars ``orbit_variance`` (measured by shifting), ``folded_energy`` (from the spectrum),
  ``output_energy`` (without the mean).
- over ``stage`` (numbers of the stages, from 1 or where the axis begins): ``operator`` (text), and
  over ``stage`` and ``shift`` ``share`` (NaN where there is nothing to attribute) and
  ``stage_error``; over ``shift``: ``border_share``.
- over ``stage``, where folding explains the operator: ``swap_error`` (relative error with the stage
  swapped for its alias-free twin, root mean square over the shifts that remedies are judged at) and
  ``swap_gain`` (dB), NaN where a stage has no twin; ``swap_gain_between`` (dB), the same over the
  shifts between whole samples, where there are pointwise nonlinearities; for these ``created``,
  the share of the output's energy that they create above ``created_above``, the Nyquist frequency
  of the next stage's output, and ``created_explains``, the share of the energy of the error between
  whole samples that goes when the stage is swapped (below 0 where the twin does harm; NaN for all
  other stages).
- over ``stage``, where some stage strides along the axis, up to the one that loses it (see
  `invarsig.fold_stages`; NaN for stages that do not stride): ``fold_stride`` (the stage's own),
  ``fold_rate`` (sampling rate of its output), ``fold_explained`` (1, or 0 where the stage does not
  treat every place alike and the rest is NaN), ``fold_about_center`` (1 where frequencies count
  from the centres of complex channels), ``fold_share`` (folded energy relative to that of the
  stage's output without its mean), ``fold_strongest`` (the image with most of it, without its sign
  where channels are real) and ``fold_strongest_share`` (of the folded energy); over ``stage`` and
  ``fold_edge`` (lower and upper): ``fold_from`` and ``fold_onto``, the central 80 % of that image
  and where it appears; over ``stage`` and ``fold_image``: ``fold_energy``; over ``stage`` and
  ``fold_class`` ("no pass", "non-aliased", "aliased", "tangled"): ``fold_class_power`` and
  ``fold_class_frequencies``, shares that add up to 1, at the scalar ``fold_threshold`` (dB); over
  ``stage``, ``fold_part`` ("kept", "folded") and ``fold_place`` (frequency as a part of the output
  rate): ``fold_spectrum``, the mean power there, NaN where no bin lies. Of a long input all of this
  is that of the part diagnosed at once.
- over ``shown`` (some of the shifts, coordinate in the input's unit), optionally ``square_other``,
  and ``square_position``: ``moved_first``, ``moved_last``, ``square_difference``, the square drawn:
  real numbers, a picture (with ``square_other``) or a curve. Coordinates carry ``units`` and
  ``long_name``. ``moved_first``'s attribute ``description`` says which part of the output is shown.
- over ``remedy``: ``remedy_name``, ``remedy_pipeline``, ``remedy_reason`` (text),
  ``remedy_predicted``, ``remedy_measured`` (relative error, root mean square over a few shifts),
  ``remedy_gain`` (dB, measured), ``remedy_gain_predicted`` (dB), ``remedy_cost`` (multiplications
  relative to the pipeline's own), ``remedy_size`` (output size relative to the pipeline's own);
  ``remedy_from_lift`` (1 where the prediction needs the lift of the pipeline as it is alone),
  ``remedy_lost`` (share of the band below the new Nyquist frequency that is lost),
  ``remedy_aligned`` (1 where results are compared after whole-sample alignment), ``remedy_best`` (1
  on the Pareto front of error, work, size and band); best first.

At shifts that are whole multiples of ``out_step`` a strided pipeline is exact whatever it does, so
``interior`` and ``crop`` are neither quoted nor drawn there.

Only ``shift`` has to be there; whatever else is absent is left out of the report.
"""
