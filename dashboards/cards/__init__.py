"""Cards of the pages: functions from frames, as sql/pages answers them, to figures of a board. Pure: no Streamlit."""
