// SPDX-License-Identifier: Apache-2.0
/*
 * The policy between processes: a sealed memfd. The config child, which faced foreign bytes, writes it and exits; whoever
 * maps it afterwards knows that nobody can change or shorten it any more, and checks it as it would a stranger's.
 */
#ifndef RP_NODE_POLICY_FILE_H
#define RP_NODE_POLICY_FILE_H

#include "reprieve/policy.h"

/* A new close-on-exec descriptor with the policy, sealed against writing, resizing and further sealing; or -errno. */
int rp_policy_seal(const struct rp_policy *policy) RP_MUST_CHECK;

/*
 * Map such a descriptor read-only and resident; the descriptor stays the caller's. 0; -EPERM seals are missing (or it is
 * no memfd); -EBADMSG of another size; -EINVAL rp_policy_check refused it; another -errno. To be unmapped by
 * rp_policy_unmap.
 */
int rp_policy_map(int fd, const struct rp_policy **ret) RP_MUST_CHECK;

/* Accepts a pointer to NULL; leaves NULL. */
void rp_policy_unmap(const struct rp_policy **policy);

#endif
