# No logic of its own: the RUN lines are the Makefile's targets.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends make git nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /firstline
COPY . .
RUN git init -q . && make setup
ENV HOST=0.0.0.0 DATA_DIR=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=5m CMD .venv/bin/python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz')"
CMD ["make", "run"]
