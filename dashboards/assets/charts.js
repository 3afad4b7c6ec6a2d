/* Draws the charts from figures made beforehand; it computes nothing.
   A figure is a script of this site that calls drawFigure: so charts also appear when the folder is opened from disk. */
(function () {
  "use strict";
  var narrow = window.matchMedia("(max-width: 40.0525em)");
  var options = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };

  /* Scripts run one after the other, so the place of the running one is known. */
  window.drawFigure = function (figure) {
    var place = document.getElementById(document.currentScript.dataset.chart);
    window.Plotly.react(place, figure.data, figure.layout, options).then(function () {
      place.setAttribute("data-drawn", "");
    });
  };

  function load(place) {
    var script = document.createElement("script");
    script.dataset.chart = place.id;
    script.src = narrow.matches ? place.dataset.narrow : place.dataset.wide;
    script.addEventListener("load", function () { script.remove(); });
    script.addEventListener("error", function () { place.classList.add("chart--failed"); });
    document.head.appendChild(script);
  }

  function loadAll() { document.querySelectorAll(".chart").forEach(load); }

  narrow.addEventListener("change", loadAll);
  loadAll();
}());
