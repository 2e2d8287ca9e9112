// SPDX-License-Identifier: Apache-2.0
#include "core/parse/cgroup_path.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rp_words words;
    struct rp_cgroup_name found, under;
    rp_words_of(data, size, &words);
    const char *path = words.text[0];
    if (rp_parse_cgroup_path_under(words.text[1], path, &under) < 0 || rp_parse_cgroup_path(path, &found) < 0)
        return 0;
    RP_MUST(found.pods_root_len <= strlen(path) && found.pod_len <= strlen(path));
    RP_MUST(memchr(found.uid, 0, sizeof(found.uid)) && memchr(found.container, 0, sizeof(found.container)));
    RP_MUST((found.pod_len > 0) == (found.uid[0] != 0));
    RP_MUST(found.kind != RP_CGROUP_CONTAINER || (found.uid[0] && !found.conmon));
    if (found.pods_root_len == 0)
        return 0;
    /* The root that was found, given as the known one, changes nothing. */
    char root[RP_PATH_MAX] = {0};
    memcpy(root, path, found.pods_root_len);
    RP_MUST(rp_parse_cgroup_path_under(root, path, &under) == 0);
    RP_MUST(under.kind == found.kind && under.qos == found.qos && strcmp(under.uid, found.uid) == 0);
    return 0;
}
