// Before the first paint: the theme and the language that were chosen earlier. It is a file of its
// own, because the pages' policy allows no script inside them.
(function () {
  try {
    var theme = localStorage.getItem('godwit.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    var locale = localStorage.getItem('godwit.locale');
    if (locale === 'ru' || locale === 'en') document.documentElement.lang = locale;
  } catch (error) {
    // A browser that refuses storage shows the system's theme.
  }
})();
