"""One script a page; Streamlit runs them, app.py names them."""
