/* gatekeeper/doors/door.c - the list of all doors; see door.h. */
#include "gatekeeper/doors/door.h"

#define DOORS 9

const struct door *const doors[DOORS + 1] = {
    &bes_door,
    &list_door,
    &delegation_door,
    /* before the doors that serve all other paths of a job */
    &events_door,
    &limits_door,
    &input_door,
    &tasks_door,
    &output_door,
    &admin_door,
    NULL,
};

struct soap_service *
doors_service(const struct conf *conf)
{
    const struct soap_op *ops[DOORS + 1] = { NULL };
    const struct soap_wsdl *wsdls[DOORS + 1] = { NULL };
    const struct soap_service_spec spec = {
        .program = "gatekeeper",
        .ops = ops,
        .wsdls = wsdls,
        .elements_max = (size_t)conf_num(conf, CONF_gatekeeper_elements_max),
    };
    size_t o = 0, w = 0;

    for (size_t i = 0; i < DOORS; i++) {
        if (doors[i]->ops != NULL)
            ops[o++] = doors[i]->ops;
        if (doors[i]->wsdls != NULL)
            wsdls[w++] = doors[i]->wsdls;
    }
    return soap_service_create(&spec);
}

void
doors_open(void)
{
    for (size_t i = 0; i < DOORS; i++)
        if (doors[i]->open != NULL)
            doors[i]->open();
}

void
doors_close(void)
{
    for (size_t i = 0; i < DOORS; i++)
        if (doors[i]->close != NULL)
            doors[i]->close();
}
