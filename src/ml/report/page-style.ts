/** Readable on a phone, on a screen and on paper. */
export const pageStyle = `
:root { color-scheme: light; --ink: #0f172a; --soft: #64748b; --line: #e2e8f0; --accent: #2563eb; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #f8fafc; font: 16px/1.55 system-ui, sans-serif; }
nav { position: sticky; top: 0; z-index: 1; display: flex; gap: 1.1rem; padding: .7rem 1rem; overflow-x: auto;
  background: #fff; border-bottom: 1px solid var(--line); white-space: nowrap; }
nav a { color: var(--soft); text-decoration: none; font-size: .9rem; }
nav a:hover { color: var(--accent); }
main { max-width: 1120px; margin: 0 auto; padding: 1rem; }
section { margin: 0 0 1rem; padding: 1.1rem 1.3rem; background: #fff; border: 1px solid var(--line);
  border-radius: 12px; scroll-margin-top: 3.4rem; overflow-wrap: anywhere; }
h1 { margin: .2rem 0 .6rem; font-size: 1.8rem; }
h2 { margin: .2rem 0 .6rem; font-size: 1.25rem; }
#result strong { color: var(--accent); }
blockquote { margin: .8rem 0; padding: .3rem 1rem; border-left: 4px solid #d97706; background: #fffbeb; }
.table { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .88rem; min-width: 50%; }
th, td { padding: .35rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; }
th { color: var(--soft); font-weight: 600; }
pre { padding: .9rem; overflow-x: auto; background: #f1f5f9; border-radius: 8px; font-size: .82rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 1rem; }
figure { margin: 0 auto; width: 100%; max-width: 560px; break-inside: avoid; }
figcaption { text-align: center; color: var(--soft); font-size: .85rem; }
.wide { grid-column: 1 / -1; max-width: none; overflow-x: auto; }
.chart { width: 100%; height: auto; }
.graph { min-width: 720px; max-width: 100%; height: auto; }
@media print {
  nav { display: none; }
  body { background: #fff; font-size: 11pt; }
  section { border: 0; padding: 0; break-inside: auto; }
  .table, pre { overflow: visible; }
  pre { white-space: pre-wrap; }
  .graph { min-width: 0; }
}
`;
