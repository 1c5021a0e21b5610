// Draws each chart from the table that holds the same numbers: `data-table` names it, `data-columns` says which of
// its columns, `data-kind` how. Without script the tables are all there is.
(function drawCharts() {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const numberIn = (cell) => Number(cell.dataset.value ?? cell.textContent);
  /** @type {{ destroy(): void }[]} */
  let drawn = [];

  function read(plot) {
    const table = document.getElementById(plot.dataset.table);
    const columns = plot.dataset.columns.split(',').map(Number);
    const rows = [...table.tBodies[0].rows].toSorted((a, b) => numberIn(a.cells[0]) - numberIn(b.cells[0]));
    return {
      labels: columns.map((column) => table.tHead.rows[0].cells[column].textContent),
      times: rows.map((row) => numberIn(row.cells[0])),
      values: columns.map((column) => rows.map((row) => numberIn(row.cells[column]))),
    };
  }

  /** Each series upon the one before it. */
  function stacked(values) {
    const below = values[0].map(() => 0);
    return values.map((series) => series.map((value, index) => (below[index] += value)));
  }

  const shown = (value) => (value == null ? '–' : value.toLocaleString('en'));

  function draw(plot) {
    const { labels, times, values } = read(plot);
    if (times.length === 0) return;
    const bars = plot.dataset.kind === 'bars';
    const months = bars
      ? { day: undefined, month: 'short', year: 'numeric' }
      : { day: 'numeric', month: 'short' };
    const date = (seconds) =>
      new Date(seconds * 1000).toLocaleDateString('en', { ...months, timeZone: 'UTC' });
    const series = labels.map((label, index) => {
      const stroke = colour(`--series-${index + 1}`);
      return {
        label,
        stroke,
        width: bars ? 0 : 2,
        points: { show: !bars && times.length === 1 },
        ...(bars ? { fill: stroke, paths: window.uPlot.paths.bars({ size: [0.6, 80] }) } : {}),
        value: (_, __, ___, at) => shown(at == null ? null : values[index][at]),
      };
    });
    const data = bars ? stacked(values) : values;
    // The tallest is drawn first, and the others over it.
    const order = bars
      ? labels.map((_, index) => labels.length - 1 - index)
      : labels.map((_, index) => index);
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    drawn.push(
      new window.uPlot(
        {
          width: plot.clientWidth,
          height: Number(plot.dataset.height ?? 240),
          cursor: { y: false },
          scales: {
            x: { time: false, ...(bars ? { range: widened } : {}) },
            y: { range: (_, __, most) => [0, most * 1.05 || 1] },
          },
          axes: [
            { ...axis, splits: (u) => ticks(times, u.width), values: (_, splits) => splits.map(date) },
            { ...axis, size: 58, values: (_, splits) => splits.map((value) => value.toLocaleString('en')) },
          ],
          series: [
            { label: bars ? 'Month' : 'Day', value: (_, value) => (value == null ? '–' : date(value)) },
            ...order.map((index) => series[index]),
          ],
        },
        [times, ...order.map((index) => data[index])],
        plot,
      ),
    );
  }

  /** Half a month of room at either end, so that the first and the last bar are whole. */
  const widened = (_, first, last) => [first - 1_300_000, last + 1_300_000];

  /** As many dates as there is room for, the last one among them. */
  function ticks(times, width) {
    const step = Math.max(1, Math.ceil(times.length / Math.max(2, Math.floor(width / 90))));
    return times.filter((_, index) => (times.length - 1 - index) % step === 0);
  }

  function redraw() {
    for (const chart of drawn) chart.destroy();
    drawn = [];
    for (const plot of document.querySelectorAll('.plot')) draw(plot);
  }

  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    redraw();
  });
  dark.addEventListener('change', redraw);
  redraw();
})();
