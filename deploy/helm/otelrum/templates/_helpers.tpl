{{- define "otelrum.labels" -}}
app.kubernetes.io/name: otelrum
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "otelrum.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "otelrum.container" -}}
image: {{ include "otelrum.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
readinessProbe:
  httpGet: {path: /, port: 13133}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "otelrum.sending" -}}
- {name: OTELRUM_BACKEND, value: {{ .Values.backend | quote }}}
- {name: OTELRUM_METRICS_ADDRESS, value: "0.0.0.0:8888"}
{{- end }}

{{- define "otelrum.receiving" -}}
- {name: OTELRUM_ORIGINS, value: {{ join "," .Values.origins | quote }}}
{{- end }}
