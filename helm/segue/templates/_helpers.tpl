{{- define "segue.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for "-headless", and for what a StatefulSet appends to its pods' names. */}}
{{- define "segue.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "segue.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "segue.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "segue.selectorLabels" -}}
app.kubernetes.io/name: {{ include "segue.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "segue.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "segue.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "segue.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "segue.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The configuration file: the values' own, and the certificate's place. */}}
{{- define "segue.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if or $config.metrics (dig "http" "address" "" $config) (dig "grpc" "address" "" $config) -}}
{{- fail "config: addresses are for the chart to set: see `service` and `http`" -}}
{{- end -}}
{{- if or (hasKey (default dict $config.store) "memory") (dig "store" "rocksdb" "dir" "" $config) -}}
{{- fail "config.store: where the data goes is for the chart to set: see `persistence`" -}}
{{- end -}}
{{- if .Values.tls.secretName -}}
{{- $tls := dict "cert_file" "/etc/segue-tls/tls.crt" "key_file" "/etc/segue-tls/tls.key" -}}
{{- if .Values.tls.requireClientCertificate -}}
{{- $_ := set $tls "client_ca_file" "/etc/segue-tls/ca.crt" -}}
{{- end -}}
{{- $_ := set $config "grpc" (mergeOverwrite (dict) (default dict $config.grpc) (dict "tls" $tls)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Fails where the pod would be killed before its drain is over. Only looks at whole seconds. */}}
{{- define "segue.gracePeriod" -}}
{{- $drain := regexFind "^[0-9]+s$" (dig "scheduler" "drain_timeout" "25s" .Values.config) | trimSuffix "s" -}}
{{- if and $drain (le (int .Values.terminationGracePeriodSeconds) (add (int $drain) (int .Values.preStopSeconds) | int)) -}}
{{- fail "terminationGracePeriodSeconds must be above preStopSeconds + config.scheduler.drain_timeout" -}}
{{- end -}}
{{- .Values.terminationGracePeriodSeconds -}}
{{- end -}}

{{/* How the server is asked whether it is well. */}}
{{- define "segue.probe" -}}
{{- if .Values.tls.secretName -}}
tcpSocket: {port: grpc}
{{- else -}}
grpc: {port: 50051}
{{- end -}}
{{- end -}}
