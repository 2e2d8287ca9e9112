// SPDX-License-Identifier: Apache-2.0
#include "core/parse/mountinfo.h"

#include <stdlib.h>

#include "harness/hostile.h"

#define DEV(major, minor) ((uint64_t)(major) << 20 | (minor))

RP_PARSER(parser, rp_parse_mount, struct rp_mount)

static void reads(void **state)
{
    static const struct {
        const char *line;
        struct rp_mount want;
    } rows[] = {
        {"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro", {.id = 22, .dev = DEV(8, 1)}},
        {"36 35 259:1048575 /mnt1 /mnt2 rw - xfs /dev/x rw", {.id = 36, .dev = DEV(259, 1048575)}},
        {"61 22 0:42 /@/var /var rw shared:30 master:2 propagate_from:3 - btrfs /dev/vda rw,subvol=/@/var",
         {.id = 61, .dev = 42}},
        {"90 22 0:51 / /merged rw - overlay overlay rw,lowerdir=/l,upperdir=/var/a/u,workdir=/w",
         {.id = 90, .dev = 51, .overlay = true, .upper = "/var/a/u"}},
        {"90 22 0:51 / /m rw - overlay none rw,lowerdir=/l,upperdir=/a\\040b\\054c",
         {.id = 90, .dev = 51, .overlay = true, .upper = "/a b,c"}},
        {"90 22 0:51 / /m ro - overlay none ro,lowerdir=/l:/k", {.id = 90, .dev = 51, .overlay = true}},
        {"90 22 0:51 / /m rw - overlay none rw,upperdir=relative", {.id = 90, .dev = 51, .overlay = true}},
        {"90 22 0:51 / /m rw - overlay none rw,upperdir=/a\\000b", {.id = 90, .dev = 51, .overlay = true}},
        {"1 1 0:2 / / rw - fuse.x upperdir=/no rw,upperdir=/no", {.id = 1, .dev = 2}},
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_mount found = {0};
        rp_expect_i64(rows[i].line, rp_parse_mount(rows[i].line, strlen(rows[i].line), &found), 0);
        rp_expect_u64(rows[i].line, found.id, rows[i].want.id);
        rp_expect_u64(rows[i].line, found.dev, rows[i].want.dev);
        rp_expect_i64(rows[i].line, found.overlay, rows[i].want.overlay);
        rp_expect_text(rows[i].line, found.upper, rows[i].want.upper);
    }
}

static void refuses(void **state)
{
    static const char *const rows[] = {
        "",
        "22",
        "22 1 8:1",
        "22 1 8:1 / / rw - ext4 /dev/sda1",
        "22 1 8:1 / / rw ext4 /dev/sda1 rw",
        "x 1 8:1 / / rw - ext4 /dev/sda1 rw",
        "22 1 8 / / rw - ext4 /dev/sda1 rw",
        "22 1 8:x / / rw - ext4 /dev/sda1 rw",
        "22 1 8:1048576 / / rw - ext4 /dev/sda1 rw",
        "22 1 4096:1 / / rw - ext4 /dev/sda1 rw",
    };
    (void)state;
    for (size_t i = 0; i < RP_ROWS(rows); i++) {
        struct rp_mount found = {.id = 7};
        rp_expect_i64(rows[i], rp_parse_mount(rows[i], strlen(rows[i]), &found), -EBADMSG);
        rp_expect_u64(rows[i], found.id, 7);
    }
}

/* A path that is too long is no path: half of one would name another directory. */
static void a_long_upper_directory_is_unknown(void **state)
{
    (void)state;
    for (size_t len = RP_PATH_MAX - 2; len <= RP_PATH_MAX + 1; len++) {
        char line[2 * RP_PATH_MAX] = "1 1 0:2 / / rw - overlay o rw,upperdir=/";
        struct rp_mount found = {0};
        const size_t start = strlen(line);
        memset(line + start, 'a', len - 1);
        assert_int_equal(rp_parse_mount(line, start + len - 1, &found), 0);
        assert_int_equal(strlen(found.upper), len < RP_PATH_MAX ? len : 0);
    }
}

static void survives_damage(void **state)
{
    static const char line[] = "90 22 0:51 / /m rw shared:1 - overlay o rw,lowerdir=/l,upperdir=/a\\040b";
    (void)state;
    rp_hostile(parser, sizeof(struct rp_mount), line, sizeof(line) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses),
                                       cmocka_unit_test(a_long_upper_directory_is_unknown),
                                       cmocka_unit_test(survives_damage)};
    return RP_RUN(tests);
}
