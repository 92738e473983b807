# What we use of Flask-WTF's forms.
from wtforms import Form

class FlaskForm(Form):
    def validate_on_submit(self) -> bool: ...
