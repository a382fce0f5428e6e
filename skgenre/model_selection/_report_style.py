"""Style sheet of a report: light and dark, for screens and phones."""

STYLE = """
:root { color-scheme: light dark; --page: #fff; --text: #1b1f24; --muted: #59636e;
  --line: #d8dee4; --soft: #f4f6f8; --mark: #1a5fb4; --marked: #e8f1fb; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --text: #e4e8ec;
  --muted: #9aa5b1; --line: #343b43; --soft: #1d2227; --mark: #78aeed; --marked: #1b2c40;
  --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 0.75rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.5rem; overflow-wrap: anywhere; }
.lead { font-size: 1.15rem; overflow-wrap: anywhere; }
.note, figcaption { color: var(--muted); font-size: 0.875rem; overflow-wrap: anywhere; }
.table { overflow-x: auto; }
.table + .table { margin-top: 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.4rem 0.75rem 0.4rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-weight: 600; }
.short { white-space: nowrap; }
tr.marked td { background: var(--marked); }
tr.marked td:last-child { font-weight: 600; }
tr.marked td:first-child { box-shadow: inset 3px 0 var(--mark); padding-left: 0.6rem; }
figure { margin: 0; }
.plot svg { display: block; overflow: visible; }
.plot .label { display: flex; justify-content: space-between; gap: 1rem; margin-top: 0.5rem;
  font-size: 0.9375rem; overflow-wrap: anywhere; }
.plot b { white-space: nowrap; }
.plot .tick { fill: var(--muted); font-size: 12px; }
.plot .grid { stroke: var(--line); }
.plot .chance { stroke: var(--muted); stroke-dasharray: 3 4; }
.plot .interval { stroke: var(--mark); stroke-width: 3; stroke-linecap: round; }
.plot .fold { fill: var(--muted); fill-opacity: 0.75; }
.plot .mean { fill: var(--mark); stroke: var(--page); stroke-width: 2; }
.errors li { color: var(--bad); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1.25rem; margin: 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
details { margin-top: 1.5rem; }
summary { cursor: pointer; font-weight: 600; }
pre { background: var(--soft); padding: 0.75rem; border-radius: 6px; overflow-x: auto;
  font-size: 0.8125rem; }
@media (max-width: 40rem) {
  table, tbody, tr, td { display: block; }
  thead { display: none; }
  tr { border: 1px solid var(--line); border-radius: 6px; margin-bottom: 0.6rem;
    padding: 0.35rem 0.75rem; }
  tr.marked { background: var(--marked); border-left: 3px solid var(--mark); }
  tr.marked td:first-child { box-shadow: none; padding-left: 0; }
  td { display: flex; justify-content: space-between; gap: 1rem; border: 0;
    padding: 0.15rem 0; text-align: right; overflow-wrap: anywhere; }
  td::before { content: attr(data-label); color: var(--muted); text-align: left; flex: none; }
  td:empty { display: none; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 0.6rem; }
}
"""
