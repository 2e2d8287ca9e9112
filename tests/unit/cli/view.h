// SPDX-License-Identifier: Apache-2.0
/* The status of an incident as the operator's tool shows it, as JSON and as text. */
#ifndef RP_TEST_CLI_VIEW_H
#define RP_TEST_CLI_VIEW_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/render.h"
#include "unit/core/view/shown.h"

struct view {
    struct rp_scene scene;
    json_t *root;
    char *text;
};

static inline void show(struct view *view)
{
    char *bytes = NULL;
    size_t len = 0, text_len = 0;
    FILE *out = open_memstream(&bytes, &len);
    assert_int_equal(rp_render_json(out, view->scene.arena), 0);
    fclose(out);
    view->root = json_loadb(bytes, len, 0, NULL);
    assert_non_null(view->root);
    free(bytes);
    out = open_memstream(&view->text, &text_len);
    rp_render_text(out, view->scene.arena, 0);
    fclose(out);
}

static inline void drop(struct view *view)
{
    json_decref(view->root);
    free(view->text);
    rp_scene_drop(&view->scene);
}

/* "pods.1.tasks.now": keys and places, from the root. */
static inline const json_t *at(const struct view *view, const char *path)
{
    char copy[128], *rest = copy;
    const json_t *value = view->root;
    rp_shown_text(copy, sizeof(copy), path);
    for (char *key = strsep(&rest, "."); key; key = strsep(&rest, "."))
        value =
            json_is_array(value) ? json_array_get(value, (size_t)strtoul(key, NULL, 10)) : json_object_get(value, key);
    if (!value)
        fail_msg("no %s", path);
    return value;
}

static inline void expect_line(const struct view *view, const char *line)
{
    if (!strstr(view->text, line))
        rp_expect_text(line, view->text, line);
}

#endif
