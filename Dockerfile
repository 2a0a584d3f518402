# The service and nothing else: no tools, no tests, no demo, and no way to become root.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/beatcheck
RUN python -m venv /opt/beatcheck
COPY requirements.lock ./
RUN /opt/beatcheck/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY app/ app/
# Editable, because the command looks for its migrations beside app/.
RUN /opt/beatcheck/bin/pip install --no-deps --editable .

FROM python:3.11-slim-bookworm
ENV PATH=/opt/beatcheck/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /srv/beatcheck --create-home --shell /usr/sbin/nologin beatcheck \
    && install --directory --owner beatcheck --group beatcheck --mode 0700 /srv/beatcheck/var
COPY --from=build /opt/beatcheck /opt/beatcheck
WORKDIR /srv/beatcheck
COPY alembic.ini ./
COPY app/ app/
COPY migrations/ migrations/
USER 10001
VOLUME /srv/beatcheck/var
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["beatcheck", "serve", "--host", "0.0.0.0", "--port", "8000"]
