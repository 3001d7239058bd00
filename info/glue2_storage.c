/* info/glue2_storage.c - storage services in GLUE 2.0; see glue2.h. */
#include "info/glue2_text.h"

/* Append the only StorageShare. */
static void
put_share(struct buf *out, const struct glue2_storage *s)
{
    glue2_open(out, "StorageShare", "Share", false, s->now, s->validity);
    glue2_put_id(out, "StorageShare", s->id, s->path, NULL);
    glue2_put(out, "ServingState", "production");
    glue2_put(out, "Path", s->path);
    glue2_put(out, "SharingID", "dedicated");
    glue2_put(out, "AccessLatency", "online");
    glue2_close(out, "StorageShare");
}

/* Append a StorageManager. */
static void
put_manager(struct buf *out, const struct glue2_storage *s)
{
    glue2_open(out, "StorageManager", "Manager", false, s->now, s->validity);
    glue2_put_id(out, "StorageManager", s->id, s->product, NULL);
    glue2_put(out, "ProductName", s->product);
    glue2_put(out, "ProductVersion", s->version);
    glue2_close(out, "StorageManager");
}

/* Append the capacity; this entity has no BaseType. */
static void
put_capacity(struct buf *out, const struct glue2_storage *s)
{
    buf_adds(out, "<StorageServiceCapacity>");
    glue2_put_id(out, "StorageServiceCapacity", s->id, "online", NULL);
    glue2_put(out, "Type", "online");
    glue2_put_number(out, "TotalSize", s->total);
    glue2_put_number(out, "FreeSize", s->free);
    glue2_put_number(out, "UsedSize", s->used);
    buf_adds(out, "</StorageServiceCapacity>");
}

void
glue2_write_storage(struct buf *out, const struct glue2_storage *s)
{
    static const char *const capability[] = { "data.transfer",
                                              "data.access.flatfiles", NULL };

    glue2_open(out, "StorageService", "Service", true, s->now, s->validity);
    glue2_put_id(out, "StorageService", s->id, NULL, s->name);
    glue2_put_list(out, "Capability", capability);
    glue2_put(out, "Type", "org.gatehouse.gridftp");
    glue2_put(out, "QualityLevel", "production");
    for (size_t i = 0; i < s->endpoints; i++) {
        glue2_open(out, "StorageEndpoint", "Endpoint", false, s->now,
                   s->validity);
        glue2_put_endpoint(out, "StorageEndpoint", s->id, &s->endpoint[i]);
        glue2_close(out, "StorageEndpoint");
    }
    if (s->path != NULL)
        put_share(out, s);
    if (s->product != NULL)
        put_manager(out, s);
    if (s->protocol != NULL) {
        buf_adds(out, "<StorageAccessProtocol>");
        glue2_put(out, "Type", s->protocol);
        glue2_put(out, "Version",
                  s->protocol_version != NULL ? s->protocol_version : "1.0");
        glue2_put_number(out, "MaxStreams", s->max_streams);
        buf_adds(out, "</StorageAccessProtocol>");
    }
    if (s->total >= 0 || s->free >= 0)
        put_capacity(out, s);
    glue2_close(out, "StorageService");
}
