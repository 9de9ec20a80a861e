"""What the GitLab jobs run: `python -m slipway.pipeline build|deploy|rollback|review|retire|drift|audit`.

The YAML stays a table of jobs; each rule about keys, images and names is here, where it has tests.
"""
