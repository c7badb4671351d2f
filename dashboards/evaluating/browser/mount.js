// Streamlit calls the export below whenever the page has run; the form stays what it is while the evaluation does.

const forms = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const section = parentElement.querySelector(".form"), renew = () => setTriggerValue("renew", Date.now());
  let held = forms.get(parentElement);
  if (held && held.form.data.evaluation_id === data.evaluation_id) {
    held.form.update(data);
  } else {
    const blank = held ? held.blank : section.cloneNode(true);
    held?.form.close();
    const fresh = blank.cloneNode(true);
    section.replaceWith(fresh);
    held = { blank, form: new Form(fresh, data, renew) };
  }
  forms.set(parentElement, held);
  return () => {
    forms.get(parentElement)?.form.close();
    forms.delete(parentElement);
  };
}
