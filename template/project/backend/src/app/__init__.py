"""The backend. Models, settings and jobs know nothing of Flask: API and worker use the same ones."""
