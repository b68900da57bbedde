import { propagation } from '@opentelemetry/api';
import { setSessionBaggage } from 'otelrum/requests';
import './telemetry.js';

setSessionBaggage(propagation); // requests to the page's own origin now carry session.id to its backends
