#!/bin/sh
# examples/monitoring as a site takes it: a real Prometheus asks the three daemons, and each alert has what it is computed from.
. "$SRC/tests/lib/tap.sh"
. "$SRC/tests/lib/grid.sh"
. "$SRC/tests/lib/gk.sh"

command -v promtool >/dev/null && command -v prometheus >/dev/null || skip_all 'no Prometheus here (package prometheus)'
M=$SRC/examples/monitoring
gk_grid || { echo 'Bail out! no grid'; exit 1; }
GK_CONF='metrics_listen = 127.0.0.1:0'
C=$PWD/g/gatehouse.conf
ok 'the daemons start' '
    gk_start && GATE=$(sed -n "s/.*http.metrics.listen listen=//p" "$LOG") &&
    start_daemon mds -c $C -o mds.listen=127.0.0.1:0 -o mds.metrics_listen=127.0.0.1:0 -o "mds.state=$PWD/mds" &&
    INDEX=$(sed -n "s/.*http.metrics.listen listen=//p" "$LOG") &&
    start_daemon gridftp -c $C -o gridftp.listen=127.0.0.1:0 -o gridftp.metrics_listen=127.0.0.1:0 &&
    DATA=$(sed -n "s/.*ftp.metrics.listen listen=//p" "$LOG") && [ -n "$GATE" ] && [ -n "$INDEX" ] && [ -n "$DATA" ]
'
ok 'promtool takes rules and configuration' 'promtool check rules "$M/gatehouse.rules.yml" && promtool check config "$M/prometheus.yml"'
ok 'every metric that an alert or the dashboard names is one that a daemon has' '
    for at in "$GATE" "$INDEX" "$DATA"; do curl -s "http://$at/metrics"; done >all && sed -n "s/^# TYPE \([a-z_]*\) .*/\1/p" all | sort -u >there &&
    grep -ohE "\b(gatehouse|gatekeeper|gridftp|mds|process)_[a-z_]+" "$M/gatehouse.rules.yml" "$M/dashboard.json" | sed "s/_bucket$//" |
        sort -u >named && [ "$(wc -l <named)" -gt 12 ] && ! comm -13 there named | grep .
'
cat >alerts.test.yml <<RULES
rule_files: [$M/gatehouse.rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'gatehouse_certificate_left_seconds{program="mds",instance="a",name="/CN=a"}'
        values: '900000x90'
      - series: 'gatehouse_certificate_left_seconds{program="gridftp",instance="b",name="/CN=b"}'
        values: '9000000x90'
      - series: 'gatehouse_crl_left_seconds{program="mds",instance="a",name="/CN=CA"}'
        values: '3600x90'
      - series: 'up{job="gatehouse",instance="c"}'
        values: '0x90'
    alert_rule_test:
      - eval_time: 10m
        alertname: GatehouseCertificateExpires
        exp_alerts:
          - exp_labels: {severity: warning, program: mds, instance: a, name: /CN=a}
            exp_annotations:
              summary: the certificate of mds on a ends in 10 days
              action: renew /etc/grid-security/hostcert.pem; it is taken up within seconds
      - eval_time: 10m
        alertname: GatehouseCertificateExpired
        exp_alerts: []
      - eval_time: 80m
        alertname: GatehouseRevocationListStale
        exp_alerts:
          - exp_labels: {severity: critical, program: mds, instance: a, name: /CN=CA}
            exp_annotations:
              summary: "the revocation list of /CN=CA is stale, or is within a day: nobody of that CA gets in then"
              action: run fetch-crl, and see why its timer did not
      - eval_time: 10m
        alertname: GatehouseDown
        exp_alerts:
          - exp_labels: {severity: critical, job: gatehouse, instance: c}
            exp_annotations:
              summary: c does not answer
              action: systemctl status gatehouse-gatekeeper gatehouse-gridftp gatehouse-mds
RULES
ok 'an alert fires when it is to, and not before' 'promtool test rules alerts.test.yml'
ok 'the dashboard is JSON with a query in each panel' '
    python3 -c "import json; d = json.load(open(\"$M/dashboard.json\")); assert d[\"panels\"] and all(t[\"expr\"] for p in d[\"panels\"] for t in p[\"targets\"])"
'
ask() { curl -sG "http://127.0.0.1:$P/api/v1/query" --data-urlencode "query=$1" >answer.json 2>/dev/null; }
value_of() { ask "$1" && python3 -c "import json; print(json.load(open('answer.json'))['data']['result'][0]['value'][1])" 2>/dev/null; }
is() { [ "$(value_of "$1")" = "$2" ]; }
ok 'a real Prometheus loads both, asks the three, and answers a query' '
    P=$(grid_port) && cp "$M/gatehouse.rules.yml" . && sed "s/scrape_interval: 30s/scrape_interval: 1s/; s/evaluation_interval: 30s/evaluation_interval: 1s/
        s/localhost:9443/$GATE/; s/localhost:9444/$INDEX/; s/localhost:9811/$DATA/" "$M/prometheus.yml" >prometheus.yml && cat prometheus.yml &&
    { prometheus --config.file=prometheus.yml --storage.tsdb.path="$PWD/tsdb" --web.listen-address="127.0.0.1:$P" >prometheus.log 2>&1 &
        prometheus=$!; cleanup "kill $prometheus 2>/dev/null; wait $prometheus 2>/dev/null"; } &&
    { wait_until is "sum(up{job=\"gatehouse\"})" 3 || { tail prometheus.log; cat answer.json; false; }; } &&
    wait_until is "count(gatehouse:certificate_left:days > 20)" 3 && wait_until is "gridftp_sessions" 0 && wait_until is "gatekeeper_accepting" 1
'
done_testing
