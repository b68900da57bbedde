// Reads an Envoy bootstrap as JSON from the standard input and holds it against Envoy's API: unknown fields, values
// of another type and broken rules of the API end it with status 1.
package main

import (
	"io"
	"log"
	"os"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	manager "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	check(err)
	read := &bootstrap.Bootstrap{}
	check(protojson.Unmarshal(text, read))
	check(read.ValidateAll())
	for _, listener := range read.GetStaticResources().GetListeners() {
		for _, chain := range listener.GetFilterChains() {
			for _, filter := range chain.GetFilters() {
				http := &manager.HttpConnectionManager{}
				check(filter.GetTypedConfig().UnmarshalTo(http))
				check(http.ValidateAll())
			}
		}
	}
}
