"""The figures of docs/performance.md: `python -m benchmarks`. Nothing here is collected by pytest."""
