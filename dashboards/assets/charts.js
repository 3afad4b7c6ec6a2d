/* Draws the charts from figures made beforehand; it computes nothing. */
(function () {
  "use strict";
  var narrow = window.matchMedia("(max-width: 40.0525em)");
  var options = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };

  function draw(place) {
    window.fetch(narrow.matches ? place.dataset.narrow : place.dataset.wide, { credentials: "omit" })
      .then(function (answer) { return answer.json(); })
      .then(function (figure) { return window.Plotly.react(place, figure.data, figure.layout, options); })
      .then(function () { place.setAttribute("data-drawn", ""); })
      .catch(function () { place.classList.add("chart--failed"); });
  }

  function drawAll() { document.querySelectorAll(".chart").forEach(draw); }

  narrow.addEventListener("change", drawAll);
  drawAll();
}());
