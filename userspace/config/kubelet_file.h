// SPDX-License-Identifier: Apache-2.0
/*
 * The eviction settings out of a KubeletConfiguration, as the kubelet's --config has it (YAML or JSON) or as its /configz
 * shows it. All else in there is the kubelet's own business and is skipped. Allocates; for the operator's tool.
 */
#ifndef RP_CONFIG_KUBELET_FILE_H
#define RP_CONFIG_KUBELET_FILE_H

#include "reprieve/link.h"

#define RP_KUBELET_FILE_MAX (1u << 20)

/* 0; or -errno (-EINVAL: its contents) and why, with the line; then *ret is untouched. */
int rp_kubelet_file_load(const char *path, struct rp_fact_kubelet *ret, struct rp_complaint *why) RP_MUST_CHECK;

/* The same from memory. */
int rp_kubelet_file_parse(const char *bytes, size_t len, struct rp_fact_kubelet *ret,
                          struct rp_complaint *why) RP_MUST_CHECK;

#endif
