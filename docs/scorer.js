// Search results: how-to and guide pages first, then names and examples, then the changelog.
var Scorer = {
  score: ([docname, , , , score]) => {
    const places = [
      [/^how_to\//, 4],
      [/^(user_guide\/|getting_started|faq)/, 3],
      [/^api\//, 1],
      [/^(changelog|how_to\/index|user_guide\/index)$/, -6],
    ];
    return places.reduce((sum, [page, more]) => sum + (page.test(docname) ? more : 0), score);
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
