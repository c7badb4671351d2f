// What a page's script on the server cannot say of the document that it is shown in: its language, by which a screen
// reader pronounces it, the text of Streamlit's own link past the navigation, and the language this browser chose.
export default function (component) {
  const { language, skip, cookie } = component.data;
  document.documentElement.lang = language;
  const link = document.querySelector('[data-testid="stSkipToContent"]');
  if (link) {
    link.textContent = skip;
  }
  if (cookie) {
    document.cookie = `${cookie.name}=${cookie.value}; path=/; max-age=31536000; SameSite=Lax`;
  }
}
