/* Brings a chart to life once a reader points at it: plotly.js then draws the figure that the picture was made
   from, in its place. It computes nothing, and whoever only looks loads nothing more.
   A figure is a script of this site that calls drawFigure: so it also works when the folder is opened from disk. */
(function () {
  "use strict";
  var library = document.currentScript.dataset.plotly;
  var loading = null;
  var narrow = window.matchMedia("(max-width: 40.0525em)");
  var options = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };

  /* Scripts run one after the other, so the place of the running one is known. */
  window.drawFigure = function (figure) {
    var chart = document.getElementById(document.currentScript.dataset.chart);
    var live = chart.querySelector(".chart__live");
    window.Plotly.react(live, figure.data, figure.layout, options).then(function () {
      chart.setAttribute("data-drawn", "");
    });
  };

  function load(address, chart, then) {
    var script = document.createElement("script");
    if (chart) { script.dataset.chart = chart.id; }
    script.src = address;
    script.addEventListener("load", function () { script.remove(); if (then) { then(); } });
    document.head.appendChild(script);
  }

  function ready() {
    loading = loading || new Promise(function (done) { load(library, null, done); });
    return loading;
  }

  function draw(chart) { load(narrow.matches ? chart.dataset.narrow : chart.dataset.wide, chart); }

  function enliven(chart) {
    if (chart.querySelector(".chart__live")) { return; }
    var live = chart.appendChild(document.createElement("div"));
    live.className = "chart__live";
    live.setAttribute("aria-hidden", "true");
    ready().then(function () { draw(chart); });
  }

  var charts = document.querySelectorAll(".chart[data-wide]");
  charts.forEach(function (chart) {
    ["pointerenter", "click"].forEach(function (kind) {
      chart.addEventListener(kind, function () { enliven(chart); });
    });
  });
  narrow.addEventListener("change", function () { document.querySelectorAll(".chart[data-drawn]").forEach(draw); });
}());
