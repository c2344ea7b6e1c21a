// Texts that would run, break out, or confuse, wherever a page took them for more than text. Each calls
// `window.evil`, which nothing else sets, so one look afterwards tells whether any of them ran.
export const corpus = [
  '<script>window.evil=1</script>',
  '"><script>window.evil=1</script>',
  '<img src=x onerror=window.evil=1>',
  "'><img src=x onerror='window.evil=1'>",
  '<svg/onload=window.evil=1>',
  '<svg><script>window.evil=1</script></svg>',
  '<details open ontoggle=window.evil=1>',
  '<iframe srcdoc="<script>parent.evil=1</script>"></iframe>',
  'javascript:window.evil=1//',
  '" autofocus onfocus="window.evil=1" x="',
  '</textarea></title></style><script>window.evil=1</script>',
  '<!--><script>window.evil=1</script>-->',
  '{{constructor.constructor("window.evil=1")()}} ${window.evil=1} **bold** [link](javascript:window.evil=1)',
  '<a href="javascript:window.evil=1" id=evil-link>press</a>',
  '<style>@import "//evil.example/x.css";</style><link rel=stylesheet href=//evil.example/y.css>',
  '<base href="//evil.example/"><form action=//evil.example><input name=a>',
  '__proto__ constructor toString \\u003cscript\\u003ewindow.evil=1\\u003c/script\\u003e',
];

/** Marks that turn the direction of a text, and others that are not seen: for bodies, which may hold any byte. */
export const invisible = '\u202Eevil.exe\u202C \u200B\u2066gpj.\u2069 \u0000 \u001b[31m \uFEFF end';
