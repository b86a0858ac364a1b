"use strict";
// One drawing of each square at a time, chosen by its slider. Without this script the worst is shown.
for (const square of document.querySelectorAll(".square")) {
  const slider = square.querySelector(".slider");
  if (!slider) continue;
  const input = slider.querySelector("input");
  const output = slider.querySelector("output");
  const drawings = [...square.querySelectorAll(".drawing")];
  const show = () => {
    const place = Number(input.value);
    drawings.forEach((drawing, k) => { drawing.hidden = k !== place; });
    output.textContent = drawings[place].dataset.shift;
    input.setAttribute("aria-valuetext", drawings[place].dataset.shift);
  };
  slider.hidden = false;
  input.addEventListener("input", show);
  show();
}
// Code to paste, without what is struck out.
for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = document.getElementById(button.dataset.copy).cloneNode(true);
    code.querySelectorAll("del").forEach((each) => each.remove());
    const lines = [...code.querySelectorAll("code > *")].map((each) => each.textContent);
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it by hand";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
