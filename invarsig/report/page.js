"use strict";
// One drawing of each square at a time, chosen by its slider. Without this script all are shown.
for (const square of document.querySelectorAll(".square")) {
  const slider = square.querySelector(".slider");
  const input = slider.querySelector("input");
  const output = slider.querySelector("output");
  const drawings = [...square.querySelectorAll(".drawing")];
  const show = () => {
    const place = Number(input.value);
    drawings.forEach((drawing, k) => { drawing.hidden = k !== place; });
    output.textContent = drawings[place].dataset.shift;
    input.setAttribute("aria-valuetext", drawings[place].dataset.shift);
  };
  if (drawings.length > 1) {
    slider.hidden = false;
    input.addEventListener("input", show);
    show();
  }
}
