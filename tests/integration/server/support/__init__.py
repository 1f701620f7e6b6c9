# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the server share: the process, a sample service, a client."""
