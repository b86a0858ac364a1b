"use strict";

// How pages rank in the search: a name that is asked for, the glossary, then guides, then what mentions a word.
var Scorer = {
  score: ([docname, , , , score, , kind]) => {
    if (kind === "object") return 3 * score + 20;
    if (docname === "understand/glossary") return 3 * score + 10;
    const guides = ["start", "how_to/", "understand/", "notebooks/", "reference/conventions", "reference/command_line"];
    if (guides.some((each) => docname.startsWith(each))) return 2 * score + 10;
    if (docname.startsWith("reference/generated/") && kind === "text") return score / 2;
    if (docname.startsWith("decisions/") || docname.startsWith("gallery/")) return score / 2;
    return score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
