# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the kubelet: what it does to a node's memory, cgroups and pods, and nothing else.

It is a test part of its own.  The rules are written a second time here, in exact arithmetic, so that
the product's C code and this package can check each other; neither imports the other.
"""
