(function () {
  "use strict";

  var dark = matchMedia("(prefers-color-scheme: dark)");

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function units(value, steps) {
    for (var i = 0; i < steps.length - 1; i++)
      if (Math.abs(value) < steps[i + 1][0]) break;
    var figure = value / steps[i][0];
    return (figure >= 100 ? Math.round(figure) : Math.round(figure * 10) / 10) + steps[i][1];
  }

  var words = {
    bytes: function (v) { return units(v, [[1, " B"], [1e3, " kB"], [1e6, " MB"], [1e9, " GB"], [1e12, " TB"]]); },
    rows: function (v) { return units(v, [[1, ""], [1e3, " k"], [1e6, " M"], [1e9, " G"]]); },
    took: function (v) { return units(v, [[1, " s"], [60, " min"], [3600, " h"]]); }
  };
  words.recovery = words.took;

  // Clocks do not count in tens.
  var clock = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400];
  var steps = { took: clock, recovery: clock };

  function times(steps) {
    var hour = 0;
    return steps.map(function (step) { hour += step; return hour * 3600; });
  }

  function draw(figure, data) {
    var kind = figure.dataset.of;
    var x = times(kind === "recovery" ? data.rt : data.t);
    // One point is no line; its figure is in the caption.
    if (x.length < 2) return null;
    var caption = figure.querySelector("figcaption");
    var box = document.createElement("div");
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", caption.textContent);
    figure.appendChild(box);
    var axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    return new uPlot({
      width: Math.max(240, figure.clientWidth),
      height: 150,
      tzDate: function (t) { return uPlot.tzDate(new Date(t * 1000), "Etc/UTC"); },
      legend: { show: false },
      cursor: { y: false, points: { size: 6 } },
      scales: { y: { range: function (_, low, high) { return [0, high * 1.1 || 1]; } } },
      axes: [
        Object.assign({ size: 30, space: 56, values: [[2419200, "{MMM}"], [86400, "{D} {MMM}"], [60, "{HH}:{mm}"]] }, axis),
        Object.assign({ size: 58, space: 34, incrs: steps[kind], values: function (_, all) { return all.map(words[kind]); } }, axis)
      ],
      series: [
        {},
        { stroke: colour("--accent"), width: 1.75, fill: colour("--accent") + "1a", points: { show: x.length < 20, size: 6 } }
      ],
      hooks: {
        setCursor: [function (plot) {
          var at = plot.cursor.idx;
          var note = caption.querySelector("small");
          if (!note.dataset.range) note.dataset.range = note.textContent;
          note.textContent = at == null ? note.dataset.range
            : new Date(plot.data[0][at] * 1000).toISOString().slice(0, 10) + ": " + words[kind](plot.data[1][at]);
        }]
      }
    }, [x, data[kind]], box);
  }

  function charts(details) {
    if (details.drawn || !details.open) return;
    var source = details.querySelector("script[type='application/json']");
    if (!source) return;
    var data = JSON.parse(source.textContent);
    details.drawn = Array.from(details.querySelectorAll(".chart"), function (figure) { return draw(figure, data); })
      .filter(Boolean);
  }

  function clear(details) {
    (details.drawn || []).forEach(function (plot) { plot.root.parentNode.remove(); plot.destroy(); });
    details.drawn = null;
  }

  var all = Array.from(document.querySelectorAll("details.db"));
  all.forEach(function (details) {
    details.addEventListener("toggle", function () { charts(details); });
    charts(details);
  });

  function again() {
    all.forEach(function (details) { clear(details); charts(details); });
  }
  dark.addEventListener("change", again);
  var width = innerWidth;
  var soon;
  addEventListener("resize", function () {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(soon);
    soon = setTimeout(again, 150);
  });

  function show() {
    var named = location.hash && document.getElementById(location.hash.slice(1));
    if (named && named.matches("details.db")) {
      named.open = true;
      named.scrollIntoView();
    }
  }
  addEventListener("hashchange", show);
  show();

  var rows = Array.from(document.querySelectorAll(".overview tbody tr"));
  if (rows.length > 8) {
    var input = document.createElement("input");
    input.type = "search";
    input.placeholder = "Find a database";
    input.setAttribute("aria-label", "Find a database");
    input.addEventListener("input", function () {
      var wanted = input.value.toLowerCase();
      rows.forEach(function (row, i) {
        var hide = row.textContent.toLowerCase().indexOf(wanted) < 0;
        row.hidden = hide;
        if (all[i]) all[i].hidden = hide;
      });
    });
    document.getElementById("filter").appendChild(input);
  }
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
