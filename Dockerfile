# docker build -t ganlab . && docker run --rm -p 8501:8501 ganlab
FROM python:3.12-slim

# g++ builds the compiled training step; it is needed at run time, too, for specs that are not in the cache.
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 1000 ganlab
WORKDIR /home/ganlab/app
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GANLAB_CACHE=/home/ganlab/.cache/ganlab

# The CPU build of torch is a tenth of the size of the default one. Name the index that carries it, and let pip prefer it:
#   docker build --build-arg PIP_EXTRA_INDEX_URL=<index of torch's CPU wheels> --build-arg TORCH_BUILD=+cpu .
ARG PIP_EXTRA_INDEX_URL=""
ARG TORCH_BUILD=""
COPY requirements.txt .
RUN sed "s/^torch==.*/&${TORCH_BUILD}/" requirements.txt > /tmp/requirements.txt \
    && pip install --no-cache-dir -r /tmp/requirements.txt \
    && rm /tmp/requirements.txt

COPY --chown=ganlab:ganlab . .
USER ganlab

# Compiles the presets' training steps once, so that the first visitor does not wait for them.
RUN python -m ganlab warm

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "8501"]
