/** @jsxRuntime automatic */
// Radix: menus, selects and sliders act on pointerdown, in portals over the page.
import { get } from './component_page.js';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Accordion, Checkbox, Dialog, DropdownMenu, Popover, RadioGroup, Select, Slider, Switch, Tabs, ToggleGroup } from 'radix-ui';

const Menu = ({ say }) => (
  <DropdownMenu.Root>
    <DropdownMenu.Trigger id="menu">Options</DropdownMenu.Trigger>
    <DropdownMenu.Portal>
      <DropdownMenu.Content className="content">
        <DropdownMenu.Item id="order" onSelect={() => get().then(() => say('ordered'))}>Order it</DropdownMenu.Item>
        <DropdownMenu.Item id="nothing">Do nothing</DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  </DropdownMenu.Root>
);

const Colours = () => (
  <Select.Root defaultValue="red">
    <Select.Trigger id="colour" aria-label="Colour"><Select.Value /></Select.Trigger>
    <Select.Portal>
      <Select.Content className="content"><Select.Viewport>
        {['red', 'green', 'blue'].map((one) => <Select.Item key={one} id={one} value={one}><Select.ItemText>{one}</Select.ItemText></Select.Item>)}
      </Select.Viewport></Select.Content>
    </Select.Portal>
  </Select.Root>
);

const Over = () => (
  <>
    <Dialog.Root>
      <Dialog.Trigger id="dialog">Open the dialog</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="over" id="over" />
        <Dialog.Content className="modal" aria-describedby={undefined}>
          <Dialog.Title>A dialog</Dialog.Title><Dialog.Close id="close">Close</Dialog.Close>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
    <Popover.Root>
      <Popover.Trigger id="popover">More about it</Popover.Trigger>
      <Popover.Portal><Popover.Content className="content">Some words</Popover.Content></Popover.Portal>
    </Popover.Root>
  </>
);

const Fields = () => (
  <>
    <label><Checkbox.Root id="check"><Checkbox.Indicator>x</Checkbox.Indicator>Gift</Checkbox.Root></label>
    <Switch.Root id="switch" aria-label="Fast delivery"><Switch.Thumb>o</Switch.Thumb></Switch.Root>
    <RadioGroup.Root defaultValue="a">
      {['a', 'b'].map((one) => <RadioGroup.Item key={one} id={`choice-${one}`} value={one} aria-label={`Choice ${one}`}>o</RadioGroup.Item>)}
    </RadioGroup.Root>
    <ToggleGroup.Root type="single">
      {['left', 'right'].map((one) => <ToggleGroup.Item key={one} id={one} value={one}>{one}</ToggleGroup.Item>)}
    </ToggleGroup.Root>
    <Slider.Root id="slider" className="slider" defaultValue={[20]}>
      <Slider.Track className="track"><Slider.Range /></Slider.Track><Slider.Thumb id="thumb" className="thumb" aria-label="Volume" />
    </Slider.Root>
  </>
);

const Folded = () => (
  <>
    <Tabs.Root defaultValue="one">
      <Tabs.List>{['one', 'two'].map((one) => <Tabs.Trigger key={one} id={`tab-${one}`} value={one}>Tab {one}</Tabs.Trigger>)}</Tabs.List>
      {['one', 'two'].map((one) => <Tabs.Content key={one} value={one}>The words of {one}.</Tabs.Content>)}
    </Tabs.Root>
    <Accordion.Root type="single" collapsible>
      <Accordion.Item value="a"><Accordion.Header><Accordion.Trigger id="question">A question</Accordion.Trigger></Accordion.Header><Accordion.Content>An answer.</Accordion.Content></Accordion.Item>
    </Accordion.Root>
  </>
);

function App() {
  const [text, say] = useState('Nothing yet');
  return (
    <>
      <section><Menu say={say} /><Colours /><Over /></section>
      <section><Fields /></section>
      <section><Folded /></section>
      <section><button id="asks" onClick={() => get().then(() => say('asked'))}>Ask</button><button id="off" disabled>Not now</button></section>
      <p id="said">{text}</p>
    </>
  );
}
createRoot(document.getElementById('root')).render(<App />);
