// Code that is wider than its box can be scrolled with the keyboard.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("pre").forEach((each) => { each.tabIndex = 0; });
});
